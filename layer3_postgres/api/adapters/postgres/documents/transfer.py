"""Export and import of documents as PostgreSQL stores them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import numpy as np
from psycopg import DataError, IntegrityError

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.document_reader import PostgresDocumentReader
from api.adapters.postgres.documents.document_store import PostgresDocumentStore
from api.adapters.postgres.search.index import PostgresIndex
from api.adapters.postgres.search.spaces import Spaces, create_index, drop_index
from api.services.documents.store import NewDocument
from api.services.embedding.embeddings import Space
from api.services.parsing.errors import DocumentNotFound
from api.services.retrieval.search import Hit, Query
from api.services.transfer.codec import ChunkVectors, StoredDocument
from api.services.transfer.protocol import DocumentSummary

# Bookkeeping of `mystack migrate`, in its own schema, so that it can be dropped afterwards.
CREATE_NOTES = """
    CREATE SCHEMA IF NOT EXISTS transfer;
    CREATE TABLE IF NOT EXISTS transfer.carried (document_id uuid PRIMARY KEY)
"""
HAS_NOTES = "SELECT to_regclass('transfer.carried') IS NOT NULL"
INSERT_NOTE = "INSERT INTO transfer.carried VALUES (%s) ON CONFLICT DO NOTHING RETURNING 1"
SUMMARIES = "SELECT id, filename, sha256, chunks, {imported} FROM documents ORDER BY created_at DESC, id DESC"
IMPORTED = "id IN (SELECT document_id FROM transfer.carried)"

VECTORS = """
    SELECT chunks.id, dense, terms, weights
    FROM chunks
    JOIN embeddings ON embeddings.chunk_number = number
    JOIN embedding_spaces ON embedding_spaces.id = space_id AND name = %s
    CROSS JOIN LATERAL (
        SELECT array_agg(term ORDER BY term) AS terms, array_agg(weight ORDER BY term) AS weights
        FROM postings WHERE postings.chunk_number = number
    ) AS words
    WHERE document_id = %s
"""
EMPTY = "SELECT NOT EXISTS (SELECT FROM embeddings WHERE space_id = %s)"


class PostgresTransfer:
    """The port `ImportTarget`.

    While vectors are loaded into an empty space, it has no index; `finish` creates it. After an interrupted migration
    the vectors are compared one by one until it has been completed.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.spaces = Spaces(database)
        self.reader = PostgresDocumentReader(database)
        self.store = PostgresDocumentStore(database, self.reader, self.spaces, self.space)
        self.index = PostgresIndex(database, self.spaces, self.space)
        self._space: Space | None = None

    async def space(self) -> Space:
        """The space chosen by `use`, or the active one."""
        if self._space is None:
            self._space, _ = await self.describe()
        if self._space is None:
            raise LookupError("no embedding space was chosen, and none is stored")
        return self._space

    async def describe(self) -> tuple[Space | None, Sequence[str]]:
        rows = await self.database.rows("SELECT name, dimension FROM embedding_spaces WHERE state = 'active'")
        return self._space or (Space(*rows[0]) if rows else None), []

    async def use(self, space: Space) -> None:
        self._space = space

    async def begin(self) -> None:
        """Raises `OtherSpace` when another space is the active one."""
        space_id = await self.spaces.active(await self.space())
        async with self.database.transaction() as connection:
            await connection.execute(CREATE_NOTES)
            empty = await (await connection.execute(EMPTY, [space_id])).fetchone()
            if empty == (True,):
                await drop_index(connection, space_id)

    async def summaries(self) -> Sequence[DocumentSummary]:
        ((noted,),) = await self.database.rows(HAS_NOTES)
        query = SUMMARIES.format(imported=IMPORTED if noted else "false")
        return [DocumentSummary(*row) for row in await self.database.rows(query.encode())]

    async def read(self, document_id: UUID) -> StoredDocument | None:
        document = await self.reader.document(id=document_id)
        if document is None:
            return None
        try:
            text = (await self.reader.text(document_id)).text
        except DocumentNotFound:
            text = ""
        chunks = await self.reader.chunks(document_id, -1, document.chunks + 1)
        vectors = await self._vectors(document_id) if chunks else {}
        return StoredDocument(document, text, chunks, vectors, await self.reader.outline(document_id))

    async def search(self, query: Query) -> list[Hit]:
        return await self.index.search(query)

    async def import_document(self, new: NewDocument, replaces: UUID | None) -> str | None:
        await self.database.rows(INSERT_NOTE, [new.document.id])
        try:
            document = await self.store.publish(new, replaces)
        except (DataError, IntegrityError) as error:
            return f"PostgreSQL rejects it: {error.diag.message_primary or error}"
        if document.id != new.document.id:
            return f"the same bytes are stored as {document.filename} ({document.id})"
        return None

    async def remove(self, document_id: UUID) -> None:
        await self.store.remove(document_id)

    async def finish(self) -> None:
        """Create the index if it is missing, and update the planner's statistics."""
        space = await self.space()
        space_id = await self.spaces.active(space)
        async with self.database.transaction() as connection:
            await create_index(connection, space_id, space.dimension)
            for table in ("documents", "chunks", "postings", "embeddings"):
                await connection.execute(f"ANALYZE {table}".encode())

    async def _vectors(self, document_id: UUID) -> Mapping[UUID, ChunkVectors]:
        rows = await self.database.rows(VECTORS, [(await self.space()).name, document_id])
        return {
            id: ChunkVectors(
                np.asarray(dense.to_numpy(), "<f4"), np.array(terms or [], "<u4"), np.array(weights or [], "<f4")
            )
            for id, dense, terms, weights in rows
        }
