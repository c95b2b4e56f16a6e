"""Reading documents by typed sessions, and chunks and texts by statements."""

from uuid import UUID

from sqlmodel import col, func, select, tuple_

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.library_version import READ_VERSION
from api.adapters.postgres.documents.rows import CHUNK, chunk_from
from api.adapters.postgres.schema.document_tables import DocumentRow
from api.services.documents.store import Document, Position, StoredChunk
from api.services.parsing.errors import DocumentNotFound

CHUNKS = f"SELECT {CHUNK} FROM chunks WHERE document_id = %s AND index > %s ORDER BY index LIMIT %s"  # noqa: S608


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

    async def chunks(self, document_id: UUID, after: int, limit: int) -> list[StoredChunk]:
        return [chunk_from(row) for row in await self.database.rows(CHUNKS, [document_id, after, limit])]

    async def text(self, document_id: UUID) -> str:
        rows = await self.database.rows("SELECT text FROM texts WHERE document_id = %s", [document_id])
        if not rows:
            raise DocumentNotFound(f"There is no document {document_id}.")
        return str(rows[0][0])


def _document(row: DocumentRow) -> Document:
    return Document(**row.model_dump(exclude={"fields", "tags"}), metadata=row.fields)
