"""BM25 as sparse vectors, so that the vector store can search by words too.

BM25 scores a chunk by the sum, over the question's terms, of

    idf(term) * tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / average length))

The idf changes with every document, so the store computes it (in Qdrant: `Modifier.IDF`). The rest depends on the chunk
alone and is stored in the chunk's vector; the question's vector lists the terms of the question. Their dot product,
with the store's idf, is the BM25 score. A term's dimension is a hash of the term, so there is no vocabulary to store,
to version or to lose.

In a language whose words have stems of their own (`language_terms.py`), a chunk has both kinds of terms, and of each
word of the question both count a half. Measured on 24 articles of XQuAD, every second question, by words alone (R@1 /
R@5):

                    Spanish        Romanian       German         Turkish
    one kind        .866 / .971    .818 / .946    .771 / .943    .697 / .876
    both            .885 / .975    .876 / .978    .809 / .959    .752 / .911
    stems alone     .876 / .971    .873 / .978    .787 / .955    .755 / .917
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from api.services.text.language_terms import function_terms, language_terms
from api.services.text.languages import language_of
from api.services.text.terms import terms

K1 = 1.2
"""How soon repetitions of a term stop to count. The usual value; 0.6 to 1.5 measure the same here."""

B = 0.75
"""How much length lowers the score. The usual value; 0.4 measures the same on chunks of one paragraph."""

AVERAGE_TERMS = 100
"""Terms of an average chunk. A constant, because a running mean would make every stored vector stale. Chunks are of
similar size by construction, and 75 to 130 measure the same."""


STEMS = 0.5
"""What the stem of a question's word counts; the word itself counts the rest."""

NAMED = 0.5
"""What a question's word counts if it stands in the name of a chunk's file."""

_EXTENSION = re.compile(r"\.\w{1,5}$")


@dataclass(frozen=True)
class SparseVector:
    """The non-zero dimensions (unsigned 32 bit, ascending, unique) and their values (in single precision)."""

    indices: list[int]
    values: list[float]

    def __bool__(self) -> bool:
        """False if there is no term to search for, as in a question of stop words."""
        return bool(self.indices)


def encode_document(text: str, filename: str = "") -> SparseVector:
    """The BM25 weights of a chunk's terms, without their idf, and weight 1 for each word of its file's name.

    The words of the name are terms of their own: they tell documents apart, and not the chunks of one.
    """
    counts = Counter(terms(text))
    room = K1 * (1 - B + B * counts.total() / AVERAGE_TERMS)
    counts.update(language_terms(text, language_of(text)))
    weights = {term_id(term): count * (K1 + 1) / (count + room) for term, count in counts.items()}
    named = dict.fromkeys(map(term_id, _of_name(terms(_EXTENSION.sub("", filename)))), 1.0)
    return _sparse(named | weights)


def encode_query(text: str) -> SparseVector:
    """Weight 1 for every distinct content word of the question; repetitions do not count."""
    language = language_of(text)
    own = terms(text) if language in (None, "en") else [t for t in terms(text) if t not in function_terms(language)]
    stems = language_terms(text, language)
    weights = dict.fromkeys(_of_name(own), NAMED)
    weights |= dict.fromkeys(own, 1 - STEMS if stems else 1.0) | dict.fromkeys(stems, STEMS)
    return _sparse({term_id(term): weight for term, weight in weights.items()})


def _of_name(found: Iterable[str]) -> list[str]:
    """The terms of a file's name, other ones than those of the same words in a text."""
    return [f"name:{term}" for term in found]


@lru_cache(maxsize=32_768)
def term_id(term: str) -> int:
    """The term's dimension. Of 100,000 terms, some two share a dimension with about even odds; no search notices."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")


def _sparse(weights: dict[int, float]) -> SparseVector:
    """In single precision from the start, so that every store holds the same values."""
    ordered = sorted(weights.items())
    values = np.array([value for _, value in ordered], dtype=np.float32)
    return SparseVector([index for index, _ in ordered], values.tolist())
