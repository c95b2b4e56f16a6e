"""The ports of a document store over two stores, and how all its documents are read."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from api.services.documents.store import Document, DocumentReader, NewDocument, Position, StoredChunk
from api.services.retrieval.search import Query

PAGE = 500


@dataclass(frozen=True)
class Candidate:
    """A chunk that the vector store found. Its document may be invisible."""

    chunk_id: UUID
    score: float
    dense_score: float | None
    sparse_score: float | None


class Records(Protocol):
    """The store of documents, chunks and texts. All methods raise `StoreUnavailable`."""

    async def stage(self, new: NewDocument) -> None:
        """Write chunks and text. They are invisible until the record is committed."""
        ...

    async def commit(self, document: Document, replaces: UUID | None) -> Document:
        """Insert the record, or replace another one by it, in one atomic write.

        Returns the record that has these bytes. Raises `DocumentNotFound` when there is none to replace.
        """
        ...

    async def withdraw(self, document_id: UUID) -> None:
        """Delete the record in one atomic write. Raises `DocumentNotFound`."""
        ...

    async def erase(self, document_id: UUID) -> None:
        """Delete chunks and text."""
        ...


class Reader(Protocol):
    """The records that a search reads. All methods raise `StoreUnavailable`."""

    async def visible(self, document_ids: Collection[UUID]) -> Mapping[UUID, Document]: ...

    async def chunks_by_id(self, chunk_ids: Sequence[UUID]) -> Mapping[UUID, StoredChunk]: ...


class Outbox(Protocol):
    """Notes of unfinished writes, each with the ids of the documents that the write concerns.

    All methods raise `StoreUnavailable`.
    """

    async def add_note(self, note_id: UUID, document_ids: Sequence[UUID]) -> None: ...

    async def delete_note(self, note_id: UUID) -> None: ...

    async def notes(self, older_than: timedelta) -> Mapping[UUID, Sequence[UUID]]:
        """The document ids of each note of at least that age."""
        ...


class Vectors(Protocol):
    """The store of vectors. All methods raise `StoreUnavailable`."""

    async def put(self, new: NewDocument) -> None: ...

    async def erase(self, document_id: UUID) -> None: ...

    async def search(self, query: Query) -> list[Candidate]: ...


async def all_documents(reader: DocumentReader) -> AsyncIterator[Document]:
    """The visible documents, newest first, read page by page."""
    after: Position | None = None
    while page := await reader.documents(PAGE, after, None):
        for document in page:
            yield document
        after = Position(page[-1].created_at, page[-1].id)
