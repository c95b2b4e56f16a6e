"""One library over two stores: records (documents, chunks, texts) and vectors.

No transaction spans the two, so one write decides, and an outbox remembers what is unfinished:

    publish   note in outbox → chunks and text → vectors → DOCUMENT RECORD → erase what it replaced → strike the note
    remove    note in outbox → DELETE THE RECORD → erase chunks, text and vectors → strike the note

A document is visible exactly while its record exists, and its record is inserted, replaced or deleted by one atomic
write. A stop before that write changes nothing that can be seen; a stop after it leaves only rubbish. Either way the
note in the outbox says which ids to look at, and `process_outbox` erases those that are not visible.

Two things would break this, and are seen to:
- A write that was given up, by a cancelled request or a broken connection, may still be carried out. So a write is
  never cancelled half-way, and where a store failed nothing is cleaned up at once: the note waits for `process_outbox`.
- `process_outbox` may meet a write that is still under way. So it leaves young notes alone, and a write that has
  taken half of that time does not publish any more.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar
from uuid import UUID, uuid4

from api.services.documents.store import Document, DocumentReader, NewDocument, Position, StoredChunk, StoreUnavailable
from api.services.parsing.errors import DocumentNotFound
from api.services.retrieval.search import Hit, Query

T = TypeVar("T")

MAX_CANDIDATES = 1000
STOP_SECONDS = 30.0
LOOKS = 3
PAGE = 500
GRACE = timedelta(minutes=10)
"""A note that is older belongs to a write that has ended. All processes on the same stores have to agree on it."""

logger = logging.getLogger("mystack.outbox")


@dataclass(frozen=True)
class Candidate:
    """A chunk that the vector store found; whether its document is visible is not yet known."""

    chunk_id: UUID
    score: float
    dense_score: float | None
    sparse_score: float | None


class Records(Protocol):
    """The store of documents, chunks and texts. All methods raise `StoreUnavailable`."""

    async def stage(self, draft: NewDocument) -> None:
        """Write chunks and text. Nobody sees them before the record is there."""
        ...

    async def commit(self, document: Document, replaces: UUID | None) -> Document:
        """Insert the record, or put it in the place of the one it replaces. One atomic write.

        Answers with the record that has these bytes. Raises `DocumentNotFound` when there is none to replace.
        """
        ...

    async def withdraw(self, document_id: UUID) -> None:
        """Delete the record. One atomic write. Raises `DocumentNotFound`."""
        ...

    async def erase(self, document_id: UUID) -> None:
        """Delete chunks and text."""
        ...


class Reader(Protocol):
    """What a search reads of the records. All methods raise `StoreUnavailable`."""

    async def visible(self, document_ids: Sequence[UUID]) -> Mapping[UUID, Document]: ...

    async def chunks_by_id(self, chunk_ids: Sequence[UUID]) -> Mapping[UUID, StoredChunk]: ...


class Outbox(Protocol):
    """Notes of unfinished writes, each with the ids of the documents that it is about.

    All methods raise `StoreUnavailable`.
    """

    async def note(self, note_id: UUID, document_ids: Sequence[UUID]) -> None: ...

    async def strike(self, note_id: UUID) -> None: ...

    async def notes(self, older_than: timedelta) -> Mapping[UUID, Sequence[UUID]]: ...


class Vectors(Protocol):
    """The store of vectors. All methods raise `StoreUnavailable`."""

    async def put(self, draft: NewDocument) -> None: ...

    async def erase(self, document_id: UUID) -> None: ...

    async def search(self, query: Query) -> list[Candidate]: ...


async def all_documents(reader: DocumentReader) -> AsyncIterator[Document]:
    """Those that are visible, newest first, read a page at a time."""
    after: Position | None = None
    while page := await reader.documents(PAGE, after, None):
        for document in page:
            yield document
        after = Position(page[-1].created_at, page[-1].id)


class TwoStores:
    """The `DocumentStore` and the `Index` of this layer. As a context manager it waits on exit for running writes."""

    def __init__(self, *, records: Records, reader: Reader, outbox: Outbox, vectors: Vectors) -> None:
        self.records = records
        self.reader = reader
        self.outbox = outbox
        self.vectors = vectors
        self.grace = GRACE
        self._writes: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writes:
            await asyncio.wait(self._writes, timeout=STOP_SECONDS)

    async def publish(self, draft: NewDocument, replaces: UUID | None) -> Document:
        """As `DocumentStore` says. A caller that is cancelled does not learn whether the document was published."""
        return await self._carried_out(self._publish(draft, replaces))

    async def remove(self, document_id: UUID) -> None:
        """As `DocumentStore` says. From the deletion of the record on nothing of the document is found."""
        await self._carried_out(self._remove(document_id))

    async def search(self, query: Query) -> list[Hit]:
        """As `Index` says. Every candidate is joined to its document's record, so an orphan is never a hit.

        A document that is replaced between the two reads would be missed in both its forms: where there are fewer hits
        than asked for and some candidates belong to nothing visible, the stores are read again.
        """
        wanted, looks = query.top_k, 0
        while True:
            candidates = await self.vectors.search(_widened(query, wanted))
            hits = await self._joined(candidates)
            if len(hits) >= query.top_k or wanted >= MAX_CANDIDATES:
                return hits[: query.top_k]
            if len(candidates) == wanted:
                wanted *= 4
            elif len(hits) == len(candidates) or (looks := looks + 1) == LOOKS:
                return hits

    async def process_outbox(self, older_than: timedelta) -> int:
        """Finish what was left unfinished longer ago than that; answers how many notes that were."""
        notes = await self.outbox.notes(older_than)
        for note_id, document_ids in notes.items():
            await self._clean_up(note_id, document_ids)
        return len(notes)

    async def _carried_out(self, write: Coroutine[Any, Any, T]) -> T:
        """Run a write to its end, even if nobody waits for it any more: a driver's thread would go on anyway."""
        task = asyncio.create_task(write)
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return await asyncio.shield(task)

    async def _publish(self, draft: NewDocument, replaces: UUID | None) -> Document:
        started = time.monotonic()
        note_id = draft.document.id
        touched = [note_id] if replaces is None else [note_id, replaces]
        await self.outbox.note(note_id, touched)
        await self.records.stage(draft)
        await self.vectors.put(draft)
        if time.monotonic() - started > self.grace.total_seconds() / 2:
            raise StoreUnavailable("The stores were too slow, and the document was not published. Upload it again.")
        try:
            document = await self.records.commit(draft.document, replaces)
        except DocumentNotFound:
            await self._finish(note_id, touched)
            raise
        await self._finish(note_id, touched)
        return document

    async def _remove(self, document_id: UUID) -> None:
        note_id = uuid4()
        await self.outbox.note(note_id, [document_id])
        try:
            await self.records.withdraw(document_id)
        except DocumentNotFound:
            await self._finish(note_id, [])
            raise
        await self._finish(note_id, [document_id])

    async def _joined(self, candidates: Sequence[Candidate]) -> list[Hit]:
        chunks = await self.reader.chunks_by_id([candidate.chunk_id for candidate in candidates])
        documents = await self.reader.visible(list({chunk.document_id for chunk in chunks.values()}))
        return [
            _hit(candidate, chunk, documents[chunk.document_id])
            for candidate in candidates
            if (chunk := chunks.get(candidate.chunk_id)) and chunk.document_id in documents
        ]

    async def _finish(self, note_id: UUID, document_ids: Sequence[UUID]) -> None:
        """Clean up now if the stores can be reached; if not, the note stays and `process_outbox` does it later."""
        try:
            await self._clean_up(note_id, document_ids)
        except StoreUnavailable as error:
            logger.warning("left to the outbox: %s (%s)", document_ids, error)

    async def _clean_up(self, note_id: UUID, document_ids: Sequence[UUID]) -> None:
        visible = await self.reader.visible(document_ids)
        for document_id in document_ids:
            if document_id not in visible:
                await self.vectors.erase(document_id)
                await self.records.erase(document_id)
        await self.outbox.strike(note_id)


def _widened(query: Query, top_k: int) -> Query:
    return query if top_k == query.top_k else replace(query, top_k=top_k)


def _hit(candidate: Candidate, chunk: StoredChunk, document: Document) -> Hit:
    return Hit(
        document_id=document.id,
        filename=document.filename,
        chunk_id=chunk.id,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        score=candidate.score,
        dense_score=candidate.dense_score,
        sparse_score=candidate.sparse_score,
    )
