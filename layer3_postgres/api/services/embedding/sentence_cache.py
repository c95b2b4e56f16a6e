"""Embeds short texts, and remembers the last few thousand: popular documents are quoted again and again."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

REMEMBERED = 4096
"""Sentences. A vector takes 1.5 kB, so all of them about 8 MB with their texts."""


class SentenceEmbedder(Protocol):
    """Vectors of unit length for texts that somebody is waiting for."""

    async def embed_query(self, text: str) -> Vectors:
        """Shape (dimension,)."""
        ...

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension)."""
        ...


class SentenceCache:
    """A `SentenceEmbedder` that asks another one only for what it has not seen lately."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self.embedder = embedder
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    async def embed_query(self, text: str) -> Vectors:
        return await self.embedder.embed_query(text)

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        known = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            vectors = await self.embedder.embed_queries(missing)
            known.update((text, vector.copy()) for text, vector in zip(missing, vectors, strict=True))
        self._remember(known)
        return np.stack([known[text] for text in texts]) if texts else np.empty((0, 0), dtype=np.float32)

    def _remember(self, vectors: dict[str, Vectors]) -> None:
        for text, vector in vectors.items():
            self._vectors[text] = vector
            self._vectors.move_to_end(text)
        while len(self._vectors) > REMEMBERED:
            self._vectors.popitem(last=False)
