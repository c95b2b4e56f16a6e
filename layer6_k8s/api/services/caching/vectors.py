"""Vectors of questions from the cache: the same question is embedded once for all processes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from api.services.caching.cache import Cache, key_of
from api.services.embedding.cache_hits import note
from api.services.embedding.spaced import SpacedEmbedder


class CachedQueries:
    """The port `Embedder`. A key names the embedding space: vectors of two spaces are never confused."""

    def __init__(self, embedder: SpacedEmbedder, cache: Cache) -> None:
        self.embedder = embedder
        self.cache = cache

    async def embed_documents(self, texts: Sequence[str]) -> Any:
        return await self.embedder.embed_documents(texts)

    async def embed_query(self, text: str) -> Any:
        """See `Embedder`."""
        space = await self.embedder.space()
        key = key_of("vector", space.name, text)
        kept = await self.cache.get(key)
        if kept is not None and len(kept) == space.dimension * np.dtype(np.float32).itemsize:
            note(text, hit=True)
            return np.frombuffer(kept, dtype=np.float32)
        vector = await self.embedder.embed_query(text)
        if await self.embedder.space() == space:  # it may have been switched meanwhile
            await self.cache.put(key, np.asarray(vector, dtype=np.float32).tobytes())
        return vector
