"""One library over two stores: records (documents, chunks, texts) and vectors.

No transaction spans the two, so one write decides, and an outbox remembers what is unfinished:

    publish   note in outbox → chunks and text → vectors → DOCUMENT RECORD → erase what it replaced → strike the note
    remove    note in outbox → DELETE THE RECORD → erase chunks, text and vectors → strike the note

A document is visible exactly while its record exists, and its record is inserted, replaced or deleted by one atomic
write. A stop before that write changes nothing that can be seen; a stop after it leaves only rubbish. Either way the
note in the outbox says which ids to look at, and `settle` erases those that are not visible.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol
from uuid import UUID, uuid4

from api.errors import MyStackError
from api.services.library import Document, Draft, StoredChunk
from api.services.search import Hit, Query

logger = logging.getLogger("mystack.outbox")

MAX_CANDIDATES = 1000


class StoreUnavailable(MyStackError):
    """A store that the documents live in cannot be reached. GET /health says which."""

    status = 503
    code = "store_unavailable"
    retry_after = 5


@dataclass(frozen=True)
class Candidate:
    """A chunk that the vector store found; whether its document is visible is not yet known."""

    chunk_id: UUID
    score: float
    dense_score: float | None
    sparse_score: float | None


class Records(Protocol):
    """The store of documents, chunks and texts. All methods raise `StoreUnavailable`."""

    async def stage(self, draft: Draft) -> None:
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
    """Notes of unfinished writes. All methods raise `StoreUnavailable`."""

    async def note(self, note_id: UUID, document_ids: Sequence[UUID]) -> None: ...

    async def strike(self, note_id: UUID) -> None: ...

    async def notes(self, older_than: timedelta) -> Mapping[UUID, Sequence[UUID]]: ...


class Vectors(Protocol):
    """The store of vectors. All methods raise `StoreUnavailable`."""

    async def put(self, draft: Draft) -> None: ...

    async def erase(self, document_id: UUID) -> None: ...

    async def search(self, query: Query) -> list[Candidate]: ...


class TwoStores:
    """The `Library` and the `Index` of this layer."""

    def __init__(self, *, records: Records, reader: Reader, outbox: Outbox, vectors: Vectors) -> None:
        self.records = records
        self.reader = reader
        self.outbox = outbox
        self.vectors = vectors

    async def publish(self, draft: Draft, replaces: UUID | None) -> Document:
        """As `Library` says. Whatever stops it before the record is written, it leaves nothing."""
        note_id = draft.document.id
        touched = [note_id] if replaces is None else [note_id, replaces]
        await self.outbox.note(note_id, touched)
        try:
            await self.records.stage(draft)
            await self.vectors.put(draft)
            document = await self.records.commit(draft.document, replaces)
        except BaseException:
            # Also when the request is cancelled: what was staged must go, and nobody waits for it.
            await asyncio.shield(self._finish(note_id, touched))
            raise
        await self._finish(note_id, touched)
        return document

    async def remove(self, document_id: UUID) -> None:
        """As `Library` says. From the deletion of the record on nothing of the document is found."""
        note_id = uuid4()
        await self.outbox.note(note_id, [document_id])
        try:
            await self.records.withdraw(document_id)
        finally:
            await asyncio.shield(self._finish(note_id, [document_id]))

    async def search(self, query: Query) -> list[Hit]:
        """As `Index` says. Every candidate is joined to its document's record, so an orphan is never a hit."""
        wanted = query.top_k
        while True:
            candidates = await self.vectors.search(_widened(query, wanted))
            hits = await self._joined(candidates)
            if len(hits) >= query.top_k or len(candidates) < wanted or wanted >= MAX_CANDIDATES:
                return hits[: query.top_k]
            wanted *= 4

    async def settle(self, older_than: timedelta) -> int:
        """Finish what was left unfinished longer than `older_than` ago; answers how many notes that were.

        A younger note may belong to a write that is under way, here or in another process.
        """
        notes = await self.outbox.notes(older_than)
        for note_id, document_ids in notes.items():
            await self._clean_up(note_id, document_ids)
        return len(notes)

    async def _joined(self, candidates: Sequence[Candidate]) -> list[Hit]:
        chunks = await self.reader.chunks_by_id([candidate.chunk_id for candidate in candidates])
        documents = await self.reader.visible(list({chunk.document_id for chunk in chunks.values()}))
        return [
            _hit(candidate, chunk, documents[chunk.document_id])
            for candidate in candidates
            if (chunk := chunks.get(candidate.chunk_id)) and chunk.document_id in documents
        ]

    async def _finish(self, note_id: UUID, document_ids: Sequence[UUID]) -> None:
        """Clean up now if the stores can be reached; if not, the note stays and `settle` does it later."""
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
