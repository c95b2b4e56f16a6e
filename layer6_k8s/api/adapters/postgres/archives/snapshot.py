"""A tenant at one time, to be exported: the ports `ExportedTenant` and `Snapshot`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import numpy as np
from psycopg import sql
from psycopg.rows import TupleRow

from api.adapters.postgres.archives.tables import ORIGINALS, exported_columns
from api.adapters.postgres.database import Connection
from api.adapters.postgres.documents.rows import CHUNK, DOCUMENT, chunk_from
from api.adapters.postgres.documents.transfer import VECTORS
from api.adapters.postgres.tenants.database import TenantDatabase
from api.adapters.postgres.tenants.keys import KEY
from api.adapters.postgres.tenants.tenants import ACCOUNT, account_from
from api.services.documents.store import Document
from api.services.embedding.embeddings import Space
from api.services.tenants.accounts import Account
from api.services.tenants.keys import ApiKey
from api.services.transfer.codec import ChunkVectors, StoredDocument

THIS_ACCOUNT = f"SELECT {ACCOUNT} FROM public.tenants WHERE no = this_tenant()"  # noqa: S608
KEYS = f"SELECT {KEY} FROM api_keys ORDER BY created_at, id"  # noqa: S608
SPACE = "SELECT name, dimension FROM embedding_spaces WHERE state = 'active'"
DOCUMENTS = "SELECT id FROM documents ORDER BY created_at, id"
ONE_DOCUMENT = f"SELECT {DOCUMENT} FROM documents WHERE id = %s"  # noqa: S608
TEXT = "SELECT text FROM texts WHERE document_id = %s"
CHUNKS = f"SELECT {CHUNK} FROM chunks WHERE document_id = %s ORDER BY index"  # noqa: S608
ORIGINAL = "SELECT data FROM files WHERE id = %s"
OF_STORED = "EXISTS (SELECT FROM documents WHERE documents.id = files.id)"
"""A file that is waiting for its job is not exported, because its job is not either."""
KEPT = f"SELECT id FROM files WHERE data IS NOT NULL AND {OF_STORED} ORDER BY id"  # noqa: S608
ROWS = """
    SELECT line FROM (
        SELECT row_to_json(one)::text AS line FROM (SELECT {columns} FROM {table} WHERE {condition}) AS one
    ) AS lines ORDER BY line COLLATE "C"
"""
"""In an order, so that the same rows have the same checksum in every installation."""
AT_ONCE = 500


class PostgresTenant:
    """The port `ExportedTenant`: the tenant of the current caller. `seconds` limits a snapshot."""

    def __init__(self, database: TenantDatabase, *, seconds: float) -> None:
        self.database = database
        self.seconds = seconds

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator["PostgresSnapshot"]:
        async with self.database.snapshot(self.seconds) as connection:
            yield PostgresSnapshot(connection)


class PostgresSnapshot:
    """The port `Snapshot`, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def account(self) -> Account:
        ((*row,),) = await self._rows(THIS_ACCOUNT)
        return account_from(row)

    async def keys(self) -> Sequence[ApiKey]:
        return [ApiKey(*row) for row in await self._rows(KEYS)]

    async def space(self) -> Space | None:
        rows = await self._rows(SPACE)
        return Space(*rows[0]) if rows else None

    async def documents(self) -> Sequence[UUID]:
        return [id for (id,) in await self._rows(DOCUMENTS)]

    async def document(self, id: UUID) -> StoredDocument:
        space = await self.space()
        ((*row,),) = await self._rows(ONE_DOCUMENT, id)
        texts = await self._rows(TEXT, id)
        chunks = [chunk_from(chunk) for chunk in await self._rows(CHUNKS, id)]
        vectors = {
            chunk: ChunkVectors(
                np.asarray(dense.to_numpy(), "<f4"), np.array(terms or [], "<u4"), np.array(weights or [], "<f4")
            )
            for chunk, dense, terms, weights in await self._rows(VECTORS, space.name if space else "", id)
        }
        return StoredDocument(Document(*row), texts[0][0] if texts else "", chunks, vectors)

    async def originals(self) -> Sequence[UUID]:
        return [id for (id,) in await self._rows(KEPT)]

    async def original(self, id: UUID) -> bytes:
        ((data,),) = await self._rows(ORIGINAL, id)
        return bytes(data)

    async def tables(self) -> Sequence[str]:
        return list(await exported_columns(self.connection))

    async def rows(self, table: str) -> AsyncIterator[Sequence[str]]:
        """See `Snapshot`. Read by a cursor on the server."""
        columns = (await exported_columns(self.connection))[table]
        query = sql.SQL(ROWS).format(
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            table=sql.Identifier(table),
            condition=sql.SQL(OF_STORED if table == ORIGINALS else "true"),
        )
        async with self.connection.cursor("exported") as cursor:
            await cursor.execute(query)
            while rows := await cursor.fetchmany(AT_ONCE):
                yield [row for (row,) in rows]

    async def _rows(self, query: str, *values: object) -> list[TupleRow]:
        cursor = await self.connection.execute(query.encode(), values, binary=True)
        return await cursor.fetchall()
