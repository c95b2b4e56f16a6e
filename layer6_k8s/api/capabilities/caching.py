"""Caching: what is computed once for all processes, in Redis."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from api.adapters.layer_file import read_layer
from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.library_version import READ_VERSION
from api.config import Settings
from api.services.caching.answers import CachedAnswers
from api.services.caching.cache import Cache
from api.services.caching.vectors import CachedQueries
from api.services.chat.models import Models
from api.services.chat.turn import Chat
from api.services.embedding.embeddings import Embedder, Embeddings
from api.services.serving.health import Probe


@dataclass(frozen=True)
class Caching:
    """Puts caches around services; without Redis it leaves them as they are."""

    cache: Cache | None
    database: Database
    embedder: Embeddings
    probes: tuple[Probe, ...] = ()
    setup: str = ""
    """What answers depend on besides the question and the documents: processes that differ in it share no answer."""

    def queries(self) -> Embedder:
        return CachedQueries(self.embedder, self.cache) if self.cache else self.embedder

    def answers(self, chat: Chat, models: Models) -> Chat:
        return CachedAnswers(chat, models, self.cache, self._version) if self.cache else chat

    async def _version(self) -> str:
        ((version,),) = await self.database.rows(READ_VERSION)
        return f"{self.setup} {version} {(await self.embedder.space()).name}"


@asynccontextmanager
async def caching(settings: Settings, database: Database, embedder: Embeddings) -> AsyncIterator[Caching]:
    if settings.redis_url is None or settings.cache_seconds == 0:
        yield Caching(None, database, embedder)
        return
    from api.adapters.redis.cache import RedisCache  # imported where there is a Redis

    cache = RedisCache(settings.redis_url.get_secret_value(), settings.cache_seconds)
    try:
        yield Caching(cache, database, embedder, (Probe("cache", cache.check, required=False),), setup(settings))
    finally:
        await cache.close()


def setup(settings: Settings) -> str:
    """The release, the database, and the settings of answers. While a release replaces another, both use the cache."""
    release = read_layer(Path(__file__).parents[2]).version
    database = urlsplit(settings.database_url.get_secret_value())
    place = database.netloc.rpartition("@")[2] + database.path
    return f"{release} {place} {settings.top_k} {settings.use_rag}"
