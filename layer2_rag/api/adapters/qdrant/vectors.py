"""Vectors in Qdrant: the blocking calls of an engine in threads, and its errors as `StoreUnavailable`."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Protocol, TypeVar
from uuid import UUID

from httpx import HTTPError
from qdrant_client.http.exceptions import ApiException

from api.services.documents.store import NewDocument, StoreUnavailable
from api.services.embedding.embeddings import Space
from api.services.retrieval.search import Query
from api.services.two_stores.ports import Candidate

T = TypeVar("T")

logger = logging.getLogger("mystack.qdrant")


class Engine(Protocol):
    """Qdrant's server, or its local mode. All methods block."""

    name: str

    def ping(self) -> None: ...

    def open(self, space: Space) -> str:
        """The collection of the embedding space, created and indexed if it does not exist. Called once per space."""
        ...

    def put(self, collection: str, new: NewDocument) -> None: ...

    def erase(self, collection: str, document_id: UUID) -> None: ...

    def search(self, collection: str, query: Query) -> list[Candidate]:
        """The best chunks, best first. In a hybrid search each has both scores, whichever ranking contains it."""
        ...

    def counts(self, collection: str) -> Mapping[UUID, int]:
        """The number of points of each document id."""
        ...


class QdrantVectors:
    """The ports `Vectors` and `VectorAudit`.

    `space` returns the embedding space of the vectors; its collection is created on first use. The calls run in the
    threads of `pool`; the local mode needs a pool of one thread.
    """

    def __init__(self, engine: Engine, space: Callable[[], Awaitable[Space]], pool: Executor) -> None:
        self.engine = engine
        self.space = space
        self.pool = pool
        self._collections: dict[Space, str] = {}
        self._opening = asyncio.Lock()

    async def check(self) -> str:
        """One sentence for /health. Raises `StoreUnavailable`."""
        await self.run(self.engine.ping)
        return f"{self.engine.name} answers."

    async def put(self, new: NewDocument) -> None:
        collection = await self.collection()
        await self.run(lambda: self.engine.put(collection, new))

    async def erase(self, document_id: UUID) -> None:
        collection = await self.collection()
        await self.run(lambda: self.engine.erase(collection, document_id))

    async def search(self, query: Query) -> list[Candidate]:
        """The best chunks; none if the filters exclude every document, or if there is no term to search for."""
        none_allowed = query.document_ids == [] or [] in (query.filters or {}).values()
        if none_allowed or (query.mode == "sparse" and not query.sparse):
            return []
        collection = await self.collection()
        return await self.run(lambda: self.engine.search(collection, query))

    async def vector_counts(self) -> Mapping[UUID, int]:
        """See `VectorAudit`."""
        collection = await self.collection()
        return await self.run(lambda: self.engine.counts(collection))

    async def collection(self) -> str:
        """The collection of the embedding space. Raises `NotReady`, `StoreUnavailable`."""
        space = await self.space()
        async with self._opening:
            if space not in self._collections:
                self._collections[space] = await self.run(lambda: self.engine.open(space))
        return self._collections[space]

    async def run(self, call: Callable[[], T]) -> T:
        """Run a call in a thread. It runs to its end even if its caller is cancelled. Raises `StoreUnavailable`.

        The thread sees the context variables of the caller, such as the weight of words.
        """
        context = copy_context()
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, context.run, call)
        except (ApiException, HTTPError, sqlite3.Error, OSError) as error:
            logger.warning("Qdrant: %r", error)
            raise StoreUnavailable(f"Qdrant is unreachable or failed: {type(error).__name__}.") from error
