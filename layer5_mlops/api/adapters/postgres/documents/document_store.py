"""Publishing and removing documents: one transaction each.

Before the commit no reader sees any part of it, afterwards every reader sees all of it, and a failure in between is
rolled back. Layer 2's two stores need an outbox and a repair tool for that.
"""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from psycopg.types.json import Json, Jsonb

from api.adapters.postgres.database import Connection, Database
from api.adapters.postgres.documents.chunks import insert_chunks, insert_vectors, insert_words
from api.adapters.postgres.documents.document_reader import PostgresDocumentReader
from api.adapters.postgres.documents.library_version import bump_version
from api.adapters.postgres.documents.rows import DOCUMENT, tags
from api.adapters.postgres.search.spaces import Spaces, lock_active_space
from api.services.documents.outline import as_json
from api.services.documents.store import Document, NewDocument, StoreUnavailable
from api.services.embedding.embeddings import Space, SpaceSource
from api.services.parsing.errors import DocumentNotFound

PUBLISH_ATTEMPTS = 3
"""A document with the same bytes may be deleted between our insert and our read of it."""

INSERT_UNLESS_STORED = f"""
    INSERT INTO documents ({DOCUMENT}, tags) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""  # noqa: S608
INSERT_TEXT = "INSERT INTO texts (document_id, text, outline) VALUES (%s, %s, %s)"


Write = Callable[[Connection, UUID], Awaitable[None]]
"""A further write in the transaction that publishes a document, whose id it gets."""


class SameBytes(Exception):
    """A document with these bytes is stored already; the transaction is rolled back."""


class PostgresDocumentStore:
    """The port `DocumentStore`. `space` gives the embedding space of the drafts' vectors.

    `writes` belong to every publication: they are committed with it, or undone.
    """

    def __init__(
        self,
        database: Database,
        reader: PostgresDocumentReader,
        spaces: Spaces,
        space: SpaceSource,
        writes: Sequence[Write] = (),
    ) -> None:
        self.database = database
        self.reader = reader
        self.spaces = spaces
        self.space = space
        self.writes = writes

    async def publish(self, draft: NewDocument, replaces: UUID | None) -> Document:
        """As `DocumentStore` says. Of concurrent uploads of the same bytes the first to commit wins."""
        space = await self.space()
        await self.spaces.active(space)
        for _ in range(PUBLISH_ATTEMPTS):
            try:
                async with self.database.transaction() as connection:
                    if replaces is not None:
                        await _delete(connection, replaces)
                    await insert_document(connection, draft, space)
                    for write in self.writes:
                        await write(connection, draft.document.id)
                    await bump_version(connection)
                    return draft.document
            except SameBytes:
                document = await self.reader.document(sha256=draft.document.sha256)
                if document is not None:
                    return document
        raise StoreUnavailable("Other uploads and deletions of the same bytes are in progress. Upload it again.")

    async def remove(self, document_id: UUID) -> None:
        async with self.database.transaction() as connection:
            await _delete(connection, document_id)
            await bump_version(connection)


async def _delete(connection: Connection, document_id: UUID) -> None:
    """Its text, chunks, words and vectors are deleted by cascade. Raises `DocumentNotFound`."""
    if (await connection.execute("DELETE FROM documents WHERE id = %s", [document_id])).rowcount == 0:
        raise DocumentNotFound(f"There is no document {document_id}.")


async def insert_document(connection: Connection, draft: NewDocument, space: Space | None) -> None:
    """`space`: that of the vectors; None to store none of them.

    Raises `SameBytes`, after waiting for the end of a concurrent transaction that inserts the same bytes.
    """
    d = draft.document
    row = [d.id, d.filename, d.content_type, d.size_bytes, d.sha256, d.pages, d.chunks, d.created_at]
    reading = [list(d.warnings), d.parser]
    values = [*row, Json(dict(d.metadata)), *reading, tags(d.metadata)]
    inserted = await connection.execute(INSERT_UNLESS_STORED, values)
    if inserted.rowcount == 0:
        raise SameBytes
    await connection.execute(INSERT_TEXT, [d.id, draft.text, Jsonb(as_json(draft.outline))])
    numbers = await insert_chunks(connection, draft.chunks)
    await insert_words(connection, numbers, draft.sparse)
    if space:
        await insert_vectors(connection, numbers, draft.dense, await lock_active_space(connection, space))
