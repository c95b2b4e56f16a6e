"""Compares the two stores, and repairs what differs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from api.services.documents.store import Document, DocumentReader, NewDocument, embedded_text
from api.services.embedding.embeddings import Embedder
from api.services.text.bm25 import encode_document
from api.services.two_stores.document_store import TwoStores
from api.services.two_stores.ports import Records, Vectors, all_documents


class RecordAudit(Protocol):
    async def chunk_counts(self) -> Mapping[UUID, int]:
        """Chunks per document id, visible or not; 0 for a document of which only the text is stored."""
        ...


class VectorAudit(Vectors, Protocol):
    async def vector_counts(self) -> Mapping[UUID, int]:
        """Chunks with vectors per document id, visible or not."""
        ...


@dataclass
class Report:
    """Differences by document id. `repaired`: everything was repaired except `damaged`, which needs a new upload."""

    documents: int = 0
    repaired: bool = False
    unfinished_writes: int = 0
    orphaned_chunks: dict[str, int] = field(default_factory=dict)
    orphaned_vectors: dict[str, int] = field(default_factory=dict)
    missing_vectors: dict[str, int] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)

    @property
    def consistent(self) -> bool:
        """No difference was found. Unfinished writes do not count: the outbox takes care of them."""
        return not (self.orphaned_chunks or self.orphaned_vectors or self.missing_vectors or self.damaged)

    @property
    def sound(self) -> bool:
        """The stores agree now."""
        return self.consistent or (self.repaired and not self.damaged)


class Consistency:
    """`grace`: unfinished writes of this age have certainly ended; zero when no other process can write."""

    def __init__(
        self,
        *,
        reader: DocumentReader,
        records: Records,
        vectors: VectorAudit,
        store: TwoStores,
        audit: RecordAudit,
        embedder: Embedder,
        grace: timedelta,
    ) -> None:
        self.reader = reader
        self.records = records
        self.vectors = vectors
        self.store = store
        self.audit = audit
        self.embedder = embedder
        self.grace = grace

    async def check(self, repair: bool = False) -> Report:
        """Compare the stores; with `repair`, erase orphans and embed chunks without vectors again.

        Documents may be uploaded and deleted meanwhile. Only what two comparisons in a row find is a difference.
        """
        if repair:
            await self.store.process_outbox(self.grace)
        report, documents = await self._compared()
        if not report.consistent:
            again, documents = await self._compared()
            report = _both(report, again)
        if repair and not report.consistent:
            await self._repair(report, documents)
        return report

    async def _compared(self) -> tuple[Report, Mapping[UUID, Document]]:
        """A write that runs meanwhile has a note before or after the reads, or begins and ends between them."""
        before = await self.store.outbox.notes(timedelta(0))
        chunks, vectors = await self.audit.chunk_counts(), await self.vectors.vector_counts()
        documents = {document.id: document async for document in all_documents(self.reader)}
        notes = await self.store.outbox.notes(timedelta(0))
        unfinished = {id for ids in (*before.values(), *notes.values()) for id in ids}
        known = documents.keys() | unfinished
        report = Report(documents=len(documents), unfinished_writes=len(notes))
        report.orphaned_chunks = {str(id): n for id, n in chunks.items() if id not in known}
        report.orphaned_vectors = {str(id): n for id, n in vectors.items() if id not in known}
        for id in documents.keys() - unfinished:
            _compare(report, documents[id], chunks.get(id, 0), vectors.get(id, 0))
        return report, documents

    async def _repair(self, report: Report, documents: Mapping[UUID, Document]) -> None:
        for id in map(UUID, {*report.orphaned_chunks, *report.orphaned_vectors}):
            await self.vectors.erase(id)
            await self.records.erase(id)
        for id in map(UUID, report.missing_vectors):
            await self._embed_again(documents[id])
        report.repaired = True

    async def _embed_again(self, document: Document) -> None:
        chunks = await self.reader.chunks(document.id, -1, document.chunks)
        texts = [embedded_text(chunk) for chunk in chunks]
        dense = await self.embedder.embed_documents(texts)
        sparse = [encode_document(text, document.filename) for text in texts]
        await self.vectors.erase(document.id)
        await self.vectors.put(NewDocument(document, "", chunks, dense, sparse))


def _compare(report: Report, document: Document, chunks: int, vectors: int) -> None:
    if chunks != document.chunks:
        advice = f"{chunks} of {document.chunks} chunks: delete it and upload {document.filename} again"
        report.damaged[str(document.id)] = advice
    elif vectors != document.chunks:
        report.missing_vectors[str(document.id)] = document.chunks - vectors


def _both(first: Report, second: Report) -> Report:
    """The second report, reduced to the findings that the first has too."""
    for name in ("orphaned_chunks", "orphaned_vectors", "missing_vectors", "damaged"):
        before, now = getattr(first, name), getattr(second, name)
        setattr(second, name, {id: found for id, found in now.items() if id in before})
    return second
