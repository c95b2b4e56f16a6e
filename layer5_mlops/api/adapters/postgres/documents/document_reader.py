"""Reading documents by typed sessions; chunks, texts and what each answer asks by statements."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlmodel import col, func, select, tuple_

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.library_version import READ_VERSION
from api.adapters.postgres.documents.rows import CHUNK, DOCUMENT, chunk_from, document_from
from api.adapters.postgres.schema.document_tables import DocumentRow
from api.services.documents.outline import Outline, from_json
from api.services.documents.store import Document, Position, StoredChunk, TextSlice
from api.services.parsing.errors import DocumentNotFound

VISIBLE = f"SELECT {DOCUMENT} FROM documents WHERE id = ANY(%s)"  # noqa: S608
CHUNKS = f"SELECT {CHUNK} FROM chunks WHERE document_id = %s AND index > %s ORDER BY index LIMIT %s"  # noqa: S608
CHUNK_AT = f"SELECT {CHUNK} FROM chunks WHERE document_id = %s AND start <= %s ORDER BY index DESC LIMIT 1"  # noqa: S608
TEXT = """
    SELECT substr(text, %(first)s::integer, %(count)s::integer), char_length(text)
    FROM texts WHERE document_id = %(id)s
"""
OUTLINE = "SELECT outline FROM texts WHERE document_id = %s"
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
        """As `DocumentReader` says. Reads the index on time and id from the position on."""
        query = select(DocumentRow)
        if after is not None:
            query = query.where(tuple_(DocumentRow.created_at, DocumentRow.id) < (after.time, after.id))
        if filename is not None:
            query = query.where(func.strpos(func.lower(DocumentRow.filename), func.lower(filename)) > 0)
        query = query.order_by(col(DocumentRow.created_at).desc(), col(DocumentRow.id).desc()).limit(limit)
        async with self.database.session() as session:
            return [_document(row) for row in await session.exec(query)]

    async def document(self, *, id: UUID | None = None, sha256: str | None = None) -> Document | None:
        query = select(DocumentRow).where(DocumentRow.id == id if id else DocumentRow.sha256 == sha256)
        async with self.database.session() as session:
            row = (await session.exec(query)).one_or_none()
            return _document(row) if row else None

    async def visible(self, document_ids: Collection[UUID]) -> Mapping[UUID, Document]:
        rows = await self.database.rows(VISIBLE, [list(document_ids)])
        return {document.id: document for document in map(document_from, rows)}

    async def chunks(self, document_id: UUID, after: int, limit: int) -> list[StoredChunk]:
        return [chunk_from(row) for row in await self.database.rows(CHUNKS, [document_id, after, limit])]

    async def chunk_at(self, document_id: UUID, offset: int) -> StoredChunk | None:
        rows = await self.database.rows(CHUNK_AT, [document_id, min(offset, INT32)])
        return chunk_from(rows[0]) if rows else None

    async def text(self, document_id: UUID, start: int = 0, end: int | None = None) -> TextSlice:
        """See `DocumentReader`; characters in PostgreSQL are characters in Python."""
        first = min(start, INT32 - 1)
        count = INT32 if end is None else min(end - first, INT32)
        rows = await self.database.rows(TEXT, {"id": document_id, "first": first + 1, "count": count})
        if not rows:
            raise DocumentNotFound(f"There is no document {document_id}.")
        return TextSlice(first, *rows[0])

    async def outline(self, document_id: UUID) -> Outline:
        rows = await self.database.rows(OUTLINE, [document_id])
        return from_json(rows[0][0]) if rows else Outline()


def _document(row: DocumentRow) -> Document:
    values = row.model_dump(exclude={"fields", "tags", "warnings"})
    return Document(**values, metadata=row.fields, warnings=tuple(row.warnings))
