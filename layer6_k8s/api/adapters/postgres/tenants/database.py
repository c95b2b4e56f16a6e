"""PostgreSQL with tenants: every transaction says for whom it is, and without that it sees nothing.

    app.tenant    the tenant's number; the policies and the views of the schema `tenant` compare with it
    app.everyone  'on' for the service's own bookkeeping
    search_path   the views of `tenant` for a tenant, the tables themselves for the bookkeeping

All three are local to the transaction, so a connection that is returned to the pool knows no tenant any more.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg.abc import Params, QueryNoTemplate
from psycopg.rows import TupleRow
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.adapters.postgres.database import Connection, Database
from api.services.serving.context import current_caller
from api.services.tenants.callers import Bookkeeper, TenantCaller

SCOPE = """
    SELECT set_config('app.tenant', %s, true), set_config('app.everyone', %s, true),
        set_config('search_path', %s, true)
"""
SESSION_SCOPE = text(SCOPE.replace("%s", "{}").format(":tenant", ":everyone", ":search_path"))


class TenantDatabase(Database):
    """`Database`, in the name of the current caller."""

    async def rows(self, query: QueryNoTemplate, parameters: Params | None = None) -> list[TupleRow]:
        """See `Database`. One round trip: scope and statement are sent together, which makes them one transaction."""
        async with self._connection(self.seconds) as connection:
            try:
                async with connection.pipeline():
                    await connection.execute(SCOPE, scope())
                    cursor = await connection.execute(query, parameters, binary=True)
            except BaseException as error:
                if not isinstance(error, psycopg.Error):  # interrupted: answers may still come
                    connection.pgconn.finish()
                raise
            return await cursor.fetchall()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with super().transaction() as connection:
            await self.enter_scope(connection)
            yield connection

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Connection]:
        async with super().batch() as connection:
            await self.enter_scope(connection)
            yield connection

    @asynccontextmanager
    async def long_transaction(self, seconds: float) -> AsyncIterator[Connection]:
        """A transaction that may take `seconds`, instead of as long as one that stores a document."""
        async with self._connection(seconds) as connection, connection.transaction():
            await self.enter_scope(connection)
            yield connection

    @asynccontextmanager
    async def snapshot(self, seconds: float) -> AsyncIterator[Connection]:
        """A transaction that reads what was there when it began."""
        async with self._connection(seconds) as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            await self.enter_scope(connection)
            yield connection

    async def enter_scope(self, connection: Connection) -> None:
        """From now on, the transaction is in the name of the current caller."""
        await connection.execute(SCOPE, scope())

    @asynccontextmanager
    async def session(self, *, write: bool = False) -> AsyncIterator[AsyncSession]:
        async with super().session(write=write) as session:
            values = dict(zip(("tenant", "everyone", "search_path"), scope(), strict=True))
            await (await session.connection()).execute(SESSION_SCOPE, values)
            yield session


def scope() -> tuple[str, str, str]:
    """The values of `SCOPE` for the current caller. Nobody in particular sees nothing."""
    match current_caller.get():
        case TenantCaller(tenant=tenant):
            return str(tenant.no), "", "tenant, public"
        case Bookkeeper():
            return "", "on", "public"
        case _:
            return "", "", "tenant, public"
