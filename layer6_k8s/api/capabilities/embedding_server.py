"""The embedding model on a server beside the application, if EMBEDDING_URL names one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.adapters.llm.breaker import Breaker
from api.adapters.remote.embedder import RemoteEncoders
from api.adapters.remote.server import EmbeddingServer, embedding_client
from api.config import Settings
from api.services.embedding.embeddings import Embeddings, Encoders
from api.services.embedding.prefixes import prefixes_of
from api.services.embedding.vector_cache import VectorCache
from api.services.serving.health import Probe


@asynccontextmanager
async def beside(settings: Settings, local: Encoders) -> AsyncIterator[Encoders]:
    """The server's encoders, with `local` to compare them with; without a server, `local`."""
    if settings.embedding_url is None:
        yield local
        return
    key = settings.embedding_api_key.get_secret_value() if settings.embedding_api_key else None
    async with embedding_client(settings.embedding_url, key) as client:
        server = EmbeddingServer(client, settings.embedding_model)
        async with RemoteEncoders(
            local,
            server,
            Breaker(server.name),
            seconds=settings.embedding_seconds,
            fallback=settings.embedding_fallback,
            prefixes=prefixes_of(settings.embedding_model),
        ) as remote:
            yield remote


def server_probes(settings: Settings, embedder: Embeddings) -> list[Probe]:
    """Whether the server is in use. Documents are answered from without it, unless EMBEDDING_FALLBACK forbids that."""
    cache = embedder.encoders
    if not isinstance(cache, VectorCache) or not isinstance(cache.encoders, RemoteEncoders):
        return []
    return [Probe("embedding_server", cache.encoders.check, required=not settings.embedding_fallback)]
