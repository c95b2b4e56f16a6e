"""BM25 as sparse vectors, so that the vector store can do the keyword half of the search.

BM25 scores a chunk by the sum, over the question's terms, of

    idf(term) * tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / average length))

The idf changes with every document added, so the store keeps it (in Qdrant: `Modifier.IDF`). The rest depends
on the chunk alone and is written into the chunk's vector; the question's vector says which terms are asked
for. Their dot product, with the store's idf, is the BM25 score. A term's dimension is a hash of the term, so
there is no vocabulary to store, to version or to lose.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from api.services.text.terms import terms

K1 = 1.2
"""How soon the repetition of a term stops to count. Robertson's usual value; 0.6 to 1.5 measure the same
here."""

B = 0.75
"""How much a long chunk is held back. The usual value; 0.4 measures the same on chunks of one paragraph."""

AVERAGE_TERMS = 100
"""Terms in a middling chunk. A constant, because a running mean would make every stored vector stale; chunks
are of like size by construction, and 75 to 130 measure the same."""


@dataclass(frozen=True)
class SparseVector:
    """The non-zero dimensions (unsigned 32 bit, ascending, each once) and their values (in single precision)."""

    indices: list[int]
    values: list[float]

    def __bool__(self) -> bool:
        """False when there is nothing to search for: a question of stop words only."""
        return bool(self.indices)


def encode_document(text: str) -> SparseVector:
    """The BM25 weights of a chunk's terms, without their idf."""
    counts = Counter(map(term_id, terms(text)))
    room = K1 * (1 - B + B * counts.total() / AVERAGE_TERMS)
    return _sparse({index: count * (K1 + 1) / (count + room) for index, count in counts.items()})


def encode_query(text: str) -> SparseVector:
    """Weight 1 for every distinct term of the question: saying a word twice does not ask for it twice."""
    return _sparse(dict.fromkeys(map(term_id, terms(text)), 1.0))


@lru_cache(maxsize=32_768)
def term_id(term: str) -> int:
    """The term's dimension. Two of 100,000 different terms share one with about even odds, which no search
    notices.
    """
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")


def _sparse(weights: dict[int, float]) -> SparseVector:
    """Rounded here, where they are born: what one store keeps in half of the bits, another must not hold in all."""
    ordered = sorted(weights.items())
    values = np.array([value for _, value in ordered], dtype=np.float32)
    return SparseVector([index for index, _ in ordered], values.tolist())
