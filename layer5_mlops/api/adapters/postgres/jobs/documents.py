"""Documents that are not ready yet, beside those that are: a reader and a store around layer 3's."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from psycopg.rows import TupleRow

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.document_reader import PostgresDocumentReader
from api.adapters.postgres.documents.document_store import PostgresDocumentStore
from api.adapters.postgres.documents.library_version import bump_version
from api.services.documents.outline import Outline
from api.services.documents.store import Document, DocumentStatus, NewDocument, Position, StoredChunk, TextSlice
from api.services.parsing.errors import DocumentNotFound

WAITING = """
    SELECT files.id, files.filename, size_bytes, sha256, files.created_at, metadata,
        latest.id, latest.state, latest.error
    FROM files JOIN LATERAL (
        SELECT id, state, error FROM jobs WHERE document_id = files.id ORDER BY created_at DESC LIMIT 1
    ) AS latest ON true
    WHERE NOT EXISTS (SELECT FROM documents WHERE documents.id = files.id) AND latest.state <> 'done'
"""
ONE = f"{WAITING} AND files.id = %s"
PAGE = f"""
    {WAITING} AND (%(time)s::timestamptz IS NULL OR (files.created_at, files.id) < (%(time)s, %(id)s::uuid))
    AND (%(name)s::text IS NULL OR strpos(lower(files.filename), lower(%(name)s)) > 0)
    ORDER BY files.created_at DESC, files.id DESC LIMIT %(limit)s
"""
STATUS: Mapping[str, DocumentStatus] = {
    "queued": "queued",
    "running": "processing",
    "failed": "failed",
    "cancelled": "failed",
}
CANCELLED = "The job was cancelled."
LOCK_FILES = "SELECT FROM files WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
"""The first statement of what changes files and jobs: in another order two transactions would wait for each other."""
CANCEL = """
    UPDATE jobs SET state = 'cancelled', finished_at = coalesce(finished_at, now()), token = NULL, lease_until = NULL
    WHERE document_id = %s AND state IN ('queued', 'running', 'failed')
"""


class DocumentsAndJobs:
    """The port `DocumentReader`, with the documents that wait, are being processed, or have failed."""

    def __init__(self, database: Database, ready: PostgresDocumentReader) -> None:
        self.database = database
        self.ready = ready

    async def documents(self, limit: int, after: Position | None, filename: str | None) -> list[Document]:
        """See `DocumentReader`. A document that becomes ready between the two statements is in both results."""
        time, id = (after.time, after.id) if after else (None, None)
        values = {"limit": limit, "time": time, "id": id, "name": filename}
        found = {document.id: document for document in map(_document, await self.database.rows(PAGE, values))}
        found |= {document.id: document for document in await self.ready.documents(limit, after, filename)}
        return sorted(found.values(), key=_position, reverse=True)[:limit]

    async def document(self, *, id: UUID | None = None, sha256: str | None = None) -> Document | None:
        found = await self.ready.document(id=id, sha256=sha256)
        if found is not None or id is None:
            return found
        rows = await self.database.rows(ONE, [id])
        # It may have become ready between the two statements.
        return _document(rows[0]) if rows else await self.ready.document(id=id)

    async def visible(self, document_ids: Collection[UUID]) -> Mapping[UUID, Document]:
        return await self.ready.visible(document_ids)

    async def chunks(self, document_id: UUID, after: int, limit: int) -> list[StoredChunk]:
        return await self.ready.chunks(document_id, after, limit)

    async def chunk_at(self, document_id: UUID, offset: int) -> StoredChunk | None:
        return await self.ready.chunk_at(document_id, offset)

    async def text(self, document_id: UUID, start: int = 0, end: int | None = None) -> TextSlice:
        return await self.ready.text(document_id, start, end)

    async def outline(self, document_id: UUID) -> Outline:
        return await self.ready.outline(document_id)


class StoreWithJobs:
    """The port `DocumentStore`: a document is deleted with its file, and its jobs are cancelled.

    Failed ones as well: nobody can retry them.
    """

    def __init__(self, database: Database, store: PostgresDocumentStore) -> None:
        self.database = database
        self.store = store

    async def publish(self, new: NewDocument, replaces: UUID | None) -> Document:
        return await self.store.publish(new, replaces)

    async def remove(self, document_id: UUID) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(LOCK_FILES, [[document_id]])
            await connection.execute(CANCEL, [document_id])
            files = await connection.execute("DELETE FROM files WHERE id = %s", [document_id])
            documents = await connection.execute("DELETE FROM documents WHERE id = %s", [document_id])
            if files.rowcount + documents.rowcount == 0:
                raise DocumentNotFound(f"There is no document {document_id}.")
            if documents.rowcount:
                await bump_version(connection)


def _document(row: TupleRow) -> Document:
    id, filename, size, sha256, created_at, metadata, job_id, state, error = row
    said = error["detail"] if error else CANCELLED if state == "cancelled" else None
    return Document(
        id=id,
        filename=filename,
        content_type="",
        size_bytes=size,
        sha256=sha256,
        pages=None,
        chunks=0,
        created_at=created_at,
        metadata=metadata,
        status=STATUS[state],
        error=said if STATUS[state] == "failed" else None,
        job_id=job_id,
    )


def _position(document: Document) -> tuple[datetime, UUID]:
    return document.created_at, document.id
