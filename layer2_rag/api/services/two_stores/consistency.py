"""Do the two stores agree? What a check finds, and how it is mended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from api.services.documents.store import Document, DocumentReader, NewDocument, embedded_text
from api.services.embedding.embeddings import Embedder
from api.services.text.bm25 import encode_document
from api.services.two_stores.document_store import Records, TwoStores, Vectors, all_documents


class RecordAudit(Protocol):
    async def chunk_counts(self) -> Mapping[UUID, int]:
        """How many chunks each document id has, visible or not; 0 for one of which only the text is there."""
        ...


class VectorAudit(Vectors, Protocol):
    async def vector_counts(self) -> Mapping[UUID, int]:
        """How many chunks of each document id have vectors, visible or not."""
        ...


@dataclass
class Report:
    """What is wrong, by document id. `repaired` says that all of it was mended but `damaged`, which cannot be."""

    documents: int = 0
    repaired: bool = False
    unfinished_writes: int = 0
    orphaned_chunks: dict[str, int] = field(default_factory=dict)
    orphaned_vectors: dict[str, int] = field(default_factory=dict)
    missing_vectors: dict[str, int] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)

    @property
    def consistent(self) -> bool:
        """Nothing was found. Unfinished writes alone are no fault: they are finished by themselves."""
        return not (self.orphaned_chunks or self.orphaned_vectors or self.missing_vectors or self.damaged)

    @property
    def sound(self) -> bool:
        """Nothing is wrong now."""
        return self.consistent or (self.repaired and not self.damaged)


class Consistency:
    """`grace`: the age from which on an unfinished write has certainly ended; zero when nobody else can write."""

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
        """Compare the stores; with `repair`, erase what no document owns and embed again what has no vectors.

        Documents may be uploaded and deleted meanwhile: what two looks in a row find is not their doing.
        """
        if repair:
            await self.store.process_outbox(self.grace)
        report, documents = await self._look()
        if not report.consistent:
            again, documents = await self._look()
            report = _both(report, again)
        if repair and not report.consistent:
            await self._repair(report, documents)
        return report

    async def _look(self) -> tuple[Report, Mapping[UUID, Document]]:
        """Whoever writes between the first step and the last has a note at one of them, or is through in between."""
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
        await self.vectors.erase(document.id)
        await self.vectors.put(NewDocument(document, "", chunks, dense, [encode_document(text) for text in texts]))


def _compare(report: Report, document: Document, chunks: int, vectors: int) -> None:
    if chunks != document.chunks:
        what = f"{chunks} of {document.chunks} chunks: delete it and upload {document.filename} again"
        report.damaged[str(document.id)] = what
    elif vectors != document.chunks:
        report.missing_vectors[str(document.id)] = document.chunks - vectors


def _both(first: Report, second: Report) -> Report:
    """The second, with those findings only that the first has as well."""
    for name in ("orphaned_chunks", "orphaned_vectors", "missing_vectors", "damaged"):
        before, now = getattr(first, name), getattr(second, name)
        setattr(second, name, {id: found for id, found in now.items() if id in before})
    return second
