"""Import of a tenant, in one transaction: the ports `ImportedTenants` and `Importing`.

Nobody sees any of it before the commit, and whatever fails undoes all of it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg
from psycopg import sql

from api.adapters.postgres.archives.tables import exported_columns, parents_first
from api.adapters.postgres.database import Connection
from api.adapters.postgres.documents.document_store import SameBytes, insert_document
from api.adapters.postgres.documents.library_version import bump_version
from api.adapters.postgres.search.spaces import Spaces
from api.adapters.postgres.tenants.audit import write
from api.adapters.postgres.tenants.database import TenantDatabase
from api.adapters.postgres.tenants.tenants import add_account
from api.services.archives.errors import ArchiveInUse, ArchiveRefused
from api.services.documents.store import NewDocument
from api.services.embedding.embeddings import Space
from api.services.tenants.accounts import Account, Quotas
from api.services.tenants.audit import Action
from api.services.tenants.callers import EVERYONE, TenantCaller, acting_as

NOT_THIS_SERVICE = (
    "The archive comes from another release: this one has no {what}. Import it with the release that has made it, or "
    "a later one."
)
ROWS = """
    INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::text::json)
"""
ORIGINAL = "UPDATE files SET data = %s WHERE id = %s"


class PostgresImport:
    """The port `ImportedTenants`. `seconds` limits an import."""

    def __init__(self, database: TenantDatabase, spaces: Spaces, *, seconds: float) -> None:
        self.database = database
        self.spaces = spaces
        self.seconds = seconds

    @asynccontextmanager
    async def adding(
        self, name: str, quotas: Quotas, actor: str, space: Space, *, vectors: bool
    ) -> AsyncIterator["PostgresRows"]:
        """See `ImportedTenants`. In an empty installation, the space becomes the active one."""
        await self.spaces.active(space)
        try:
            with acting_as(EVERYONE):
                async with self.database.long_transaction(self.seconds) as connection:
                    account = await add_account(connection, name, quotas)
                    await write(connection, Action(actor, "tenant.import", account.tenant.id))
                    with acting_as(TenantCaller(actor, account.tenant)):
                        await self.database.enter_scope(connection)
                        yield PostgresRows(connection, account, space if vectors else None)
                        await bump_version(connection)
        except psycopg.errors.UniqueViolation as error:
            raise ArchiveInUse from error
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise ArchiveRefused(f"PostgreSQL rejects what the archive holds: {error.diag.message_primary}") from error


class PostgresRows:
    """The port `Importing`."""

    def __init__(self, connection: Connection, account: Account, space: Space | None) -> None:
        self.connection = connection
        self.account = account
        self.space = space
        self._columns: Mapping[str, Sequence[str]] = {}

    async def document(self, new: NewDocument) -> None:
        try:
            await insert_document(self.connection, new, self.space)
        except SameBytes as error:
            raise ArchiveRefused(f"{new.document.filename} is in the archive twice.") from error

    async def ordered(self, tables: Sequence[str]) -> Sequence[str]:
        """See `Importing`."""
        self._columns = await exported_columns(self.connection)
        if unknown := sorted(set(tables) - self._columns.keys()):
            raise ArchiveRefused(NOT_THIS_SERVICE.format(what=f"table {unknown[0]}"))
        return await parents_first(self.connection, tables)

    async def rows(self, table: str, columns: Sequence[str], rows: Sequence[str]) -> None:
        if unknown := sorted(set(columns) - set(self._columns[table])):
            raise ArchiveRefused(NOT_THIS_SERVICE.format(what=f"column {unknown[0]} of {table}"))
        query = sql.SQL(ROWS).format(
            table=sql.Identifier(table), columns=sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        await self.connection.execute(query, [f"[{','.join(rows)}]"])

    async def original(self, id: UUID, data: bytes) -> None:
        await self.connection.execute(ORIGINAL, [data, id])
