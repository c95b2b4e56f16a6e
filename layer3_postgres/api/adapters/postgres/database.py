"""Connections to PostgreSQL: few, bounded, and none that hangs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import psycopg
from pgvector.psycopg import register_vector_async
from psycopg.abc import Params, QueryNoTemplate
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, TooManyRequests

from api.adapters.postgres.schema.version import schema_is_current
from api.services.documents.store import StoreUnavailable

Connection = psycopg.AsyncConnection[TupleRow]

CONNECT_SECONDS = 5
RECONNECT_SECONDS = 10.0
WAITING_PER_CONNECTION = 20
AWAY = "PostgreSQL cannot be reached. Start it, or check DATABASE_URL."
VERSIONS = "SELECT current_setting('server_version'), extversion FROM pg_extension WHERE extname = 'vector'"

# `options` in the address would do the same, but not every pooler in between lets them pass.
SESSION = """
    SET hnsw.ef_search = 300;                   -- candidates that HNSW keeps while it walks: recall@10 of .99
    SET hnsw.iterative_scan = relaxed_order;    -- and it walks on while a filter or deleted rows leave too few
    SET plan_cache_mode = force_generic_plan;   -- planning takes as long as a search, and one plan suits all of a form
    SET max_parallel_workers_per_gather = 0;    -- a search is done before helpers have started
    SET jit = off;                              -- and before anything is compiled
    SET timezone = 'UTC';                       -- times are told as earlier layers tell them
    SET idle_in_transaction_session_timeout = '60s'
"""

STORE_FAULTS = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""What is PostgreSQL's fault or the way's to it, the pool's errors among them, and not that of a statement of ours."""

logger = logging.getLogger("mystack.postgresql")


class Database:
    """The pool, as a context manager. The schema is brought up to date first: now, or when PostgreSQL can be reached.

    `seconds` bounds a read, with the wait for a connection; `write_seconds` bounds a transaction that writes.
    """

    def __init__(self, url: str, *, connections: int, seconds: float, write_seconds: float) -> None:
        self.url = url
        self.seconds = seconds
        self.write_seconds = write_seconds
        self._migrated = False
        self._migrating = asyncio.Lock()
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=connections,
            max_waiting=connections * WAITING_PER_CONNECTION,
            timeout=seconds,
            reconnect_timeout=RECONNECT_SECONDS,
            open=False,
            configure=_configure,
            check=AsyncConnectionPool.check_connection,
            kwargs={"autocommit": True, "connect_timeout": CONNECT_SECONDS},
        )

    async def __aenter__(self) -> Self:
        """Raises `SchemaRefused`. A PostgreSQL that is not there yet is waited for by those who need it."""
        try:
            await self._ready()
        except StoreUnavailable as error:
            logger.warning("%s", error)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.close()

    async def check(self) -> str:
        """One sentence for /health. Raises `StoreUnavailable`."""
        ((server, pgvector),) = await self.rows(VERSIONS)
        return f"PostgreSQL {server} with pgvector {pgvector} answers."

    async def rows(self, query: QueryNoTemplate, parameters: Params | None = None) -> list[TupleRow]:
        """What one statement reads. Raises `StoreUnavailable`."""
        async with self._connection(self.seconds) as connection:
            cursor = await connection.execute(query, parameters, binary=True)
            return await cursor.fetchall()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """All of it or nothing, seen by others all at once. Raises `StoreUnavailable`; then it may have happened."""
        async with self._connection(self.write_seconds) as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def _connection(self, seconds: float) -> AsyncIterator[Connection]:
        try:
            async with asyncio.timeout(seconds):
                await self._ready()
                async with self._pool.connection() as connection:
                    yield connection
        except TooManyRequests as error:
            raise StoreUnavailable("All of the DATABASE_CONNECTIONS are taken. Ask again in a moment.") from error
        except STORE_FAULTS as error:
            logger.warning("PostgreSQL: %r", error)
            raise StoreUnavailable(f"PostgreSQL did not do as asked ({type(error).__name__}).") from error
        except TimeoutError as error:
            raise StoreUnavailable(f"PostgreSQL did not answer within {seconds:g} s.") from error

    async def _ready(self) -> None:
        if self._migrated:
            return
        async with self._migrating:
            if not self._migrated:
                await asyncio.to_thread(_bring_up_to_date, self.url)
                await self._pool.open()
                self._migrated = True


def _bring_up_to_date(url: str) -> None:
    try:
        if schema_is_current(url):
            return
    except psycopg.OperationalError as error:
        raise StoreUnavailable(AWAY) from error
    from sqlalchemy.exc import OperationalError

    from api.adapters.postgres.schema.migrations import migrate

    try:
        migrate(url)
    except OperationalError as error:
        raise StoreUnavailable(AWAY) from error


async def _configure(connection: Connection) -> None:
    await register_vector_async(connection)
    await connection.execute(SESSION)
