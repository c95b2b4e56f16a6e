"""Reading documents, chunks and texts."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.library_version import READ_VERSION
from api.adapters.postgres.documents.rows import CHUNK, DOCUMENT, chunk_from, document_from
from api.services.documents.store import Document, Position, StoredChunk, TextSlice
from api.services.parsing.errors import DocumentNotFound

LIST = f"""
    SELECT {DOCUMENT} FROM documents
    WHERE {{conditions}}
    ORDER BY created_at DESC, id DESC LIMIT %s
"""
VISIBLE = f"SELECT {DOCUMENT} FROM documents WHERE id = ANY(%s)"
CHUNKS = f"SELECT {CHUNK} FROM chunks WHERE document_id = %s AND index > %s ORDER BY index LIMIT %s"
TEXT = """
    SELECT substr(text, %(first)s::integer, %(count)s::integer), char_length(text)
    FROM texts WHERE document_id = %(id)s
"""
INT32 = 2**31 - 1
"""PostgreSQL's largest offset into a text; it counts from 1."""


class PostgresDocumentReader:
    """The port `DocumentReader`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def version(self) -> int:
        """The library's version: the same number means that the same documents are found."""
        ((version,),) = await self.database.rows(READ_VERSION)
        return int(version)

    async def documents(self, limit: int, after: Position | None, filename: str | None) -> list[Document]:
        """Newest first; `filename` is a part of the name, in any case. Walks the index on the place in the list."""
        conditions, parameters = ["true"], list[Any]()
        if after is not None:
            conditions.append("(created_at, id) < (%s, %s)")
            parameters += [after.time, after.id]
        if filename is not None:
            conditions.append("position(lower(%s) IN lower(filename)) > 0")
            parameters.append(filename)
        query = LIST.format(conditions=" AND ".join(conditions))
        return [document_from(row) for row in await self.database.rows(query.encode(), [*parameters, limit])]

    async def document(self, *, id: UUID | None = None, sha256: str | None = None) -> Document | None:
        column, value = ("id", id) if id else ("sha256", sha256)
        rows = await self.database.rows(f"SELECT {DOCUMENT} FROM documents WHERE {column} = %s".encode(), [value])
        return document_from(rows[0]) if rows else None

    async def visible(self, document_ids: Collection[UUID]) -> Mapping[UUID, Document]:
        rows = await self.database.rows(VISIBLE, [list(document_ids)])
        return {document.id: document for document in map(document_from, rows)}

    async def chunks(self, document_id: UUID, after: int, limit: int) -> list[StoredChunk]:
        return [chunk_from(row) for row in await self.database.rows(CHUNKS, [document_id, after, limit])]

    async def text(self, document_id: UUID, start: int = 0, end: int | None = None) -> TextSlice:
        """See `DocumentReader`; characters in PostgreSQL are characters in Python."""
        first = min(start, INT32 - 1)
        count = INT32 if end is None else min(end - first, INT32)
        rows = await self.database.rows(TEXT, {"id": document_id, "first": first + 1, "count": count})
        if not rows:
            raise DocumentNotFound(f"There is no document {document_id}.")
        return TextSlice(first, *rows[0])
