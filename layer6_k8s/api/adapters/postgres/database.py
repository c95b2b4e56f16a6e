"""Connections to PostgreSQL: few, with a bounded queue, and each use limited in time.

Two kinds of access share them: statements through psycopg, and typed sessions of SQLModel where speed does not matter.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from types import TracebackType
from typing import Self

import psycopg
from pgvector.psycopg import register_vector_async
from psycopg.abc import Params, QueryNoTemplate
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, TooManyRequests
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel.ext.asyncio.session import AsyncSession

from api.adapters.postgres.schema.upgrade import SchemaUpgrade, upgrade
from api.adapters.postgres.scope import CheckoutSettings, Scope
from api.services.documents.store import StoreUnavailable

Connection = psycopg.AsyncConnection[TupleRow]

CONNECT_SECONDS = 5
RECONNECT_SECONDS = 10.0
WAITING_PER_CONNECTION = 20
VERSIONS = "SELECT current_setting('server_version'), extversion FROM pg_extension WHERE extname = 'vector'"

# `options` in the address would do the same, but not every connection pooler in between forwards them.
SESSION = """
    SET hnsw.ef_search = 300;                   -- candidates that HNSW keeps during a search: recall@10 of .99
    SET hnsw.iterative_scan = relaxed_order;    -- continue the search while a filter or deleted rows leave too few
    SET plan_cache_mode = force_generic_plan;   -- planning takes as long as a search, and one plan per form is enough
    SET max_parallel_workers_per_gather = 0;    -- a search ends before parallel workers have started
    SET jit = off;                              -- and before anything is compiled
    SET timezone = 'UTC';                       -- the API's times are UTC
    SET idle_in_transaction_session_timeout = '60s'
"""

STORE_FAULTS = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""Errors of the server, the connection or the pool, as opposed to a bug in our SQL."""

logger = logging.getLogger("mystack.postgresql")


class Database:
    """The connection pool, as a context manager. It upgrades the schema first, or as soon as the server can be reached.

    `seconds` limits a read, including the wait for a connection; `write_seconds` limits a transaction that writes.
    `scope` gives settings of PostgreSQL that hold while a connection is checked out. `upgrade` brings the schema of the
    database at an address up to date.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int,
        seconds: float,
        write_seconds: float,
        scope: Scope = dict,
        upgrade: Callable[[str], None] = upgrade,
    ) -> None:
        self.url = url
        self.seconds = seconds
        self.write_seconds = write_seconds
        self._settings = CheckoutSettings(scope)
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
            close_returns=True,  # a session that closes its connection returns it to the pool
            kwargs={"autocommit": True, "connect_timeout": CONNECT_SECONDS},
        )
        self._schema = SchemaUpgrade(partial(upgrade, url), self._pool.open)
        self._engine = create_async_engine(
            "postgresql+psycopg://",
            async_creator=self._session_connection,
            poolclass=NullPool,
            use_native_hstore=False,  # it would be looked for at the first connection
        )

    async def __aenter__(self) -> Self:
        """Raises `SchemaRefused`. A server that cannot be reached yet is only reported."""
        await self._schema.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._schema.stop()
        await self._pool.close()

    async def check(self) -> str:
        """One sentence for /health. Raises `StoreUnavailable`."""
        ((server, pgvector),) = await self.rows(VERSIONS)
        return f"PostgreSQL {server} with pgvector {pgvector} answers."

    def connections(self) -> Mapping[str, int]:
        """Connections that are `used` and `idle`, and requests that are `waiting` for one."""
        now = self._pool.get_stats()
        size, idle = now.get("pool_size", 0), now.get("pool_available", 0)
        return {"used": size - idle, "idle": idle, "waiting": now.get("requests_waiting", 0)}

    async def rows(self, query: QueryNoTemplate, parameters: Params | None = None) -> list[TupleRow]:
        """The rows of one statement. Raises `StoreUnavailable`."""
        async with self._connection(self.seconds) as connection:
            cursor = await connection.execute(query, parameters, binary=True)
            return await cursor.fetchall()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction. Raises `StoreUnavailable`; whether it was committed is unknown then."""
        async with self._connection(self.write_seconds) as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Connection]:
        """A transaction of which all statements are sent at once, in one round trip; fetching inside costs another.

        Raises `StoreUnavailable`, like `transaction`, and at its end what the database says to any of the statements.
        """
        async with self._connection(self.write_seconds) as connection:
            try:
                async with connection.pipeline():
                    await connection.execute("BEGIN")
                    yield connection
                    await connection.execute("COMMIT")
            except Exception:
                if not connection.closed:
                    await connection.rollback()
                raise
            except BaseException:  # interrupted: answers may still come
                connection.pgconn.finish()
                raise

    @asynccontextmanager
    async def session(self, *, write: bool = False) -> AsyncIterator[AsyncSession]:
        """A typed session, in one transaction. Raises `StoreUnavailable`, like `rows` and `transaction`."""
        async with (
            self._limited(self.write_seconds if write else self.seconds),
            AsyncSession(self._engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @asynccontextmanager
    async def _connection(self, seconds: float) -> AsyncIterator[Connection]:
        async with self._limited(seconds), self._pool.connection() as connection:
            if not connection.autocommit:
                await connection.set_autocommit(True)  # a session had it last
            await self._settings.apply(connection)
            yield connection

    async def _session_connection(self) -> Connection:
        """For SQLAlchemy, which begins transactions without a statement of its own."""
        connection = await self._pool.getconn()
        try:
            await self._settings.apply(connection)
            await connection.set_autocommit(False)
        except BaseException:
            await self._pool.putconn(connection)
            raise
        return connection

    @asynccontextmanager
    async def _limited(self, seconds: float) -> AsyncIterator[None]:
        """Inside, the schema is current; errors of the server or the connection become `StoreUnavailable`."""
        try:
            async with asyncio.timeout(seconds):
                await self._schema.wait()
                yield
        except STORE_FAULTS as error:
            raise _unavailable(error) from error
        except DBAPIError as error:  # SQLAlchemy's, around psycopg's
            if not isinstance(error.orig, STORE_FAULTS):
                raise
            raise _unavailable(error.orig) from error
        except TimeoutError as error:
            raise StoreUnavailable(f"PostgreSQL did not answer within {seconds:g} s.") from error


def _unavailable(error: Exception) -> StoreUnavailable:
    if isinstance(error, TooManyRequests):
        return StoreUnavailable("All DATABASE_CONNECTIONS are in use. Try again in a moment.")
    logger.warning("PostgreSQL: %r", error)
    return StoreUnavailable(f"PostgreSQL failed ({type(error).__name__}). Try again in a moment.")


async def _configure(connection: Connection) -> None:
    await register_vector_async(connection)
    await connection.execute(SESSION)
