"""Metrics of the embedding model, and of the cache of vectors and answers."""

import time
from collections.abc import Sequence

from api.services.caching.cache import Cache
from api.services.embedding.embeddings import Encoders
from api.services.embedding.encoder_threads import Encoder, Purpose, Vectors
from api.services.metrics.metrics import Metrics
from api.services.metrics.names import CACHE_REQUESTS, EMBED_SECONDS, EMBEDDED_TEXTS


class MeasuredEncoders:
    """The port `Encoders`."""

    def __init__(self, encoders: Encoders, metrics: Metrics) -> None:
        self.encoders = encoders
        self.threads = encoders.threads
        self.metrics = metrics

    def loaded(self) -> Encoder:
        """See `Encoders`."""
        return self.encoders.loaded()

    async def encoder(self) -> Encoder:
        """See `Encoders`."""
        return await self.encoders.encoder()

    async def encode(self, purpose: Purpose, texts: Sequence[str]) -> Vectors:
        """See `Encoders`."""
        started = time.perf_counter()
        vectors = await self.encoders.encode(purpose, texts)
        self.metrics.observe(EMBED_SECONDS, time.perf_counter() - started, purpose=purpose.value)
        self.metrics.count(EMBEDDED_TEXTS, len(texts), purpose=purpose.value)
        return vectors


class MeasuredCache:
    """The port `Cache`. What is looked up is the first part of the key, as `key_of` makes it."""

    def __init__(self, cache: Cache, metrics: Metrics) -> None:
        self.cache = cache
        self.metrics = metrics

    async def get(self, key: str) -> bytes | None:
        """See `Cache`."""
        found = await self.cache.get(key)
        result = "miss" if found is None else "hit"
        self.metrics.count(CACHE_REQUESTS, cache=key.partition(":")[0], result=result)
        return found

    async def put(self, key: str, value: bytes) -> None:
        """See `Cache`."""
        await self.cache.put(key, value)
