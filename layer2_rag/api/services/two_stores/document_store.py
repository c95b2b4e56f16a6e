"""One document store over two stores: records (documents, chunks, texts) and vectors.

No transaction spans the two, so one write decides, and an outbox lists the unfinished writes:

    publish   outbox note → chunks and text → vectors → DOCUMENT RECORD → erase the replaced document → delete the note
    remove    outbox note → DELETE THE RECORD → erase chunks, text and vectors → delete the note

A document is visible exactly while its record exists, and its record is inserted, replaced or deleted by one atomic
write. A crash before that write changes nothing that is visible; a crash after it leaves only garbage. In both cases
the note names the document ids to check, and `process_outbox` erases those that are not visible.

Two rules keep this correct:
- A write whose request was cancelled, or whose connection broke, may still take effect. So a write is never cancelled
  half-way, and after a store failed nothing is cleaned up at once: `process_outbox` does it later.
- `process_outbox` may meet a write that is still running. So it skips notes younger than `grace`, and a write that has
  taken half of that time does not publish.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID, uuid4

from api.services.documents.store import Document, NewDocument, StoredChunk, StoreUnavailable
from api.services.parsing.errors import DocumentNotFound
from api.services.retrieval.search import Hit, Query
from api.services.two_stores.ports import Candidate, Outbox, Reader, Records, Vectors

T = TypeVar("T")

MAX_CANDIDATES = 1000
STOP_SECONDS = 30.0
READS = 3
GRACE = timedelta(minutes=10)
"""Older notes belong to writes that have ended. All processes on the same stores must use the same value."""

logger = logging.getLogger("mystack.outbox")


class TwoStores:
    """The ports `DocumentStore` and `Index`. A context manager that waits for running writes on exit."""

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

    async def publish(self, new: NewDocument, replaces: UUID | None) -> Document:
        """See `DocumentStore`. A cancelled caller does not learn whether the document was published."""
        return await self._completed(self._publish(new, replaces))

    async def remove(self, document_id: UUID) -> None:
        """See `DocumentStore`. Once its record is deleted, no part of the document is found."""
        await self._completed(self._remove(document_id))

    async def search(self, query: Query) -> list[Hit]:
        """See `Index`. Each candidate is joined to the record of its document, so an orphan is never a hit.

        Orphans take places among the candidates: when hits are missing, more candidates are read.
        """
        hits: list[Hit] = []
        for candidates in _widths(query.top_k):
            hits, exhausted = await self._hits(query, candidates)
            if exhausted or len(hits) >= query.top_k:
                break
        return hits[: query.top_k]

    async def process_outbox(self, older_than: timedelta) -> int:
        """Clean up after unfinished writes of at least that age; returns their number."""
        notes = await self.outbox.notes(older_than)
        for note_id, document_ids in notes.items():
            await self._clean_up(note_id, document_ids)
        return len(notes)

    async def _completed(self, write: Coroutine[Any, Any, T]) -> T:
        """Run a write to its end, even if its caller is cancelled: the threads of the drivers would go on anyway."""
        task = asyncio.create_task(write)
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return await asyncio.shield(task)

    async def _publish(self, new: NewDocument, replaces: UUID | None) -> Document:
        started = time.monotonic()
        note_id = new.document.id
        touched = [note_id] if replaces is None else [note_id, replaces]
        await self.outbox.add_note(note_id, touched)
        await self.records.stage(new)
        await self.vectors.put(new)
        if time.monotonic() - started > self.grace.total_seconds() / 2:
            raise StoreUnavailable("The stores were too slow, and the document was not published. Upload it again.")
        try:
            document = await self.records.commit(new.document, replaces)
        except DocumentNotFound:
            await self._finish(note_id, touched)
            raise
        await self._finish(note_id, touched)
        return document

    async def _remove(self, document_id: UUID) -> None:
        note_id = uuid4()
        await self.outbox.add_note(note_id, [document_id])
        try:
            await self.records.withdraw(document_id)
        except DocumentNotFound:
            await self._finish(note_id, [])
            raise
        await self._finish(note_id, [document_id])

    async def _hits(self, query: Query, candidates: int) -> tuple[list[Hit], bool]:
        """The hits among that many candidates, and whether the vector store has no more candidates.

        Vectors and records are read one after the other, so a document that is replaced in between is missing in both
        versions. When candidates without a record may be such a document, both stores are read again.
        """
        hits: list[Hit] = []
        exhausted = False
        for _ in range(READS):
            found = await self.vectors.search(replace(query, top_k=candidates))
            hits, exhausted = await self._joined(found), len(found) < candidates
            if not exhausted or len(hits) >= min(query.top_k, len(found)):
                break
        return hits, exhausted

    async def _joined(self, candidates: Sequence[Candidate]) -> list[Hit]:
        chunks = await self.reader.chunks_by_id([candidate.chunk_id for candidate in candidates])
        documents = await self.reader.visible(list({chunk.document_id for chunk in chunks.values()}))
        return [
            _hit(candidate, chunk, documents[chunk.document_id])
            for candidate in candidates
            if (chunk := chunks.get(candidate.chunk_id)) and chunk.document_id in documents
        ]

    async def _finish(self, note_id: UUID, document_ids: Sequence[UUID]) -> None:
        """Clean up now; if a store cannot be reached, the note stays and `process_outbox` does it later."""
        try:
            await self._clean_up(note_id, document_ids)
        except StoreUnavailable as error:
            logger.warning("cleaning up %s is left to the outbox: %s", document_ids, error)

    async def _clean_up(self, note_id: UUID, document_ids: Sequence[UUID]) -> None:
        visible = await self.reader.visible(document_ids)
        for document_id in document_ids:
            if document_id not in visible:
                await self.vectors.erase(document_id)
                await self.records.erase(document_id)
        await self.outbox.delete_note(note_id)


def _widths(top_k: int) -> Iterator[int]:
    """Numbers of candidates to try: as many as there should be hits, then four times as many, to the maximum."""
    while top_k < MAX_CANDIDATES:
        yield top_k
        top_k *= 4
    yield top_k


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
        heading=chunk.heading,
    )
