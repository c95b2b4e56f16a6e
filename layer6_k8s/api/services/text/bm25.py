"""BM25 as sparse vectors, so that the vector store can search by words too.

BM25 scores a chunk by the sum, over the question's terms, of

    idf(term) * tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / average length))

The idf changes with every document, so the store computes it (in Qdrant: `Modifier.IDF`). The rest depends on the chunk
alone and is stored in the chunk's vector; the question's vector lists the terms of the question. Their dot product,
with the store's idf, is the BM25 score. A term's dimension is a hash of the term, so there is no vocabulary to store,
to version or to lose.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from api.services.text.terms import terms

K1 = 1.2
"""How soon repetitions of a term stop to count. The usual value; 0.6 to 1.5 measure the same here."""

B = 0.75
"""How much length lowers the score. The usual value; 0.4 measures the same on chunks of one paragraph."""

AVERAGE_TERMS = 100
"""Terms of an average chunk. A constant, because a running mean would make every stored vector stale. Chunks are of
similar size by construction, and 75 to 130 measure the same."""


@dataclass(frozen=True)
class SparseVector:
    """The non-zero dimensions (unsigned 32 bit, ascending, unique) and their values (in single precision)."""

    indices: list[int]
    values: list[float]

    def __bool__(self) -> bool:
        """False if there is no term to search for, as in a question of stop words."""
        return bool(self.indices)


def encode_document(text: str) -> SparseVector:
    """The BM25 weights of a chunk's terms, without their idf."""
    counts = Counter(map(term_id, terms(text)))
    room = K1 * (1 - B + B * counts.total() / AVERAGE_TERMS)
    return _sparse({index: count * (K1 + 1) / (count + room) for index, count in counts.items()})


def encode_query(text: str) -> SparseVector:
    """Weight 1 for every distinct term of the question; repetitions do not count."""
    return _sparse(dict.fromkeys(map(term_id, terms(text)), 1.0))


@lru_cache(maxsize=32_768)
def term_id(term: str) -> int:
    """The term's dimension. Of 100,000 terms, some two share a dimension with about even odds; no search notices."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")


def _sparse(weights: dict[int, float]) -> SparseVector:
    """In single precision from the start, so that every store holds the same values."""
    ordered = sorted(weights.items())
    values = np.array([value for _, value in ordered], dtype=np.float32)
    return SparseVector([index for index, _ in ordered], values.tolist())
