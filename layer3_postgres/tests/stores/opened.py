"""The database and the library in it, opened as the wiring does, with a small embedding model."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.document_reader import PostgresDocumentReader
from api.adapters.postgres.documents.document_store import PostgresDocumentStore
from api.adapters.postgres.search.index import PostgresIndex
from api.capabilities.database import document_stores, open_database
from api.config import Settings
from api.services.documents.store import Document
from api.services.retrieval.search import Hit
from tests.stores.drafts import draft, query, space
from tests.stores.faults import Faults

RV = TypeVar("RV")

LEFT_OF = """
    SELECT CASE WHEN EXISTS (SELECT FROM texts WHERE document_id = %(id)s) THEN count(DISTINCT number) ELSE -1 END,
           count(embeddings.chunk_number)
    FROM chunks LEFT JOIN embeddings ON chunk_number = number
    WHERE document_id = %(id)s
"""
ON_DISK = "SELECT id FROM documents UNION SELECT document_id FROM texts UNION SELECT document_id FROM chunks"
ORPHANS = """
    SELECT count(*) FROM (SELECT chunk_number FROM embeddings UNION ALL SELECT chunk_number FROM postings) AS below
    LEFT JOIN chunks ON number = chunk_number WHERE number IS NULL
"""


@dataclass
class Opened:
    """The database, what is built on it, and shorthands for what the tests do and see."""

    database: Database
    reader: PostgresDocumentReader
    store: PostgresDocumentStore
    index: PostgresIndex

    async def publish(self, text: str, replaces: UUID | None = None, **more: Any) -> Document:
        return await self.store.publish(draft(text, **more), replaces)

    async def found(self, question: str, **more: Any) -> list[Hit]:
        return await self.index.search(query(question, **more))

    async def texts_found(self, question: str, **more: Any) -> set[str]:
        return {hit.text for hit in await self.found(question, **more)}

    async def left_of(self, document_id: UUID) -> tuple[int, int]:
        """What the disk holds of a document: chunks (−1 when not even a text), vectors."""
        ((chunks, vectors),) = await self.database.rows(LEFT_OF, {"id": document_id})
        return chunks, vectors

    async def documents_on_disk(self) -> set[UUID]:
        """Those that the disk holds anything of."""
        return {row[0] for row in await self.database.rows(ON_DISK)}

    async def clean_up(self) -> None:
        """Nothing to clean up; only check that there are no orphans."""
        assert await self.database.rows(ORPHANS) == [(0,)]


@asynccontextmanager
async def opened(
    where: Mapping[str, Any], *, faults: Faults | None = None, seconds: float = 10.0, write_seconds: float = 60.0
) -> AsyncIterator[Opened]:
    """`where` as the fixture `stores` gives it; `faults` affect every round trip of the single connection then."""
    settings = Settings(_env_file=None, **where)
    connections = 1 if faults else None
    database = open_database(settings, connections=connections, seconds=seconds, write_seconds=write_seconds)
    if faults:
        database._pool.connection_class = faulty(faults)
    async with database:
        await database.check()  # the first connection is made now, and not while calls are counted
        stores = document_stores(database, space)
        yield Opened(database, stores.reader, stores.store, stores.index)


def faulty(faults: Faults) -> type[psycopg.AsyncConnection[TupleRow]]:
    """Connections whose round trips to the server may go wrong."""

    class FaultyConnection(psycopg.AsyncConnection[TupleRow]):
        async def wait(self, gen: PQGen[RV], *bounds: Any) -> RV:
            return await faults.call(lambda: super(FaultyConnection, self).wait(gen, *bounds), self._cut)

        def _cut(self) -> Exception:
            with socket.socket(fileno=self.fileno()) as line:
                line.shutdown(socket.SHUT_RDWR)
                line.detach()
            return psycopg.OperationalError("the connection was cut")

    return FaultyConnection
