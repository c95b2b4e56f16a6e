"""Hits without a store, and an embedder whose vectors count the words of a text."""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

import numpy as np
from numpy.typing import NDArray

from api.services.retrieval.search import Hit
from api.services.text.bm25 import term_id
from api.services.text.terms import terms

DIMENSION = 256


class WordVectors:
    """Texts of the same words have a cosine of 1, texts without a common word one of 0. `asked`: the embedded texts."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        vector = np.full(DIMENSION, 1e-6, dtype=np.float32)
        for term in terms(text):
            vector[term_id(term) % DIMENSION] += 1
        return vector / np.linalg.norm(vector)

    async def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        return np.stack([await self.embed_query(text) for text in texts])


def hit(text: str, score: float = 0.5, filename: str = "note.txt", start: int = 0) -> Hit:
    document = uuid5(NAMESPACE_URL, filename)
    chunk = uuid5(document, f"{start} {text}")
    return Hit(document, filename, chunk, None, start, start + len(text), text, score, score, None)
