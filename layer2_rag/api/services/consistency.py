"""Do the two stores agree? What a check finds, and how it is mended."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from api.services.embedding import Embedder
from api.services.lexical import encode_document
from api.services.library import Catalogue, Document, Draft, Position, embedded_text
from api.services.two_stores import Records, TwoStores, Vectors

PAGE = 200


class RecordAudit(Protocol):
    async def chunk_counts(self) -> Mapping[UUID, int]: ...


class VectorAudit(Vectors, Protocol):
    async def vector_counts(self) -> Mapping[UUID, int]: ...


@dataclass
class Report:
    """What is wrong, by document id. `repaired` says whether it was mended; `damaged` cannot be."""

    documents: int = 0
    repaired: bool = False
    unfinished_writes: int = 0
    orphaned_chunks: dict[str, int] = field(default_factory=dict)
    orphaned_vectors: dict[str, int] = field(default_factory=dict)
    missing_vectors: dict[str, int] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)

    @property
    def consistent(self) -> bool:
        """Nothing is wrong. Unfinished writes alone are no fault: they are finished by themselves."""
        return not (self.orphaned_chunks or self.orphaned_vectors or self.missing_vectors or self.damaged)


class Consistency:
    def __init__(
        self,
        *,
        catalogue: Catalogue,
        records: Records,
        vectors: VectorAudit,
        library: TwoStores,
        audit: RecordAudit,
        embedder: Embedder,
    ) -> None:
        self.catalogue = catalogue
        self.records = records
        self.vectors = vectors
        self.library = library
        self.audit = audit
        self.embedder = embedder

    async def check(self, repair: bool = False) -> Report:
        """Compare the stores; with `repair`, erase what no document owns and embed again what has no vectors.

        Run it while nothing is uploaded: an upload under way looks like an orphan.
        """
        report = Report(unfinished_writes=len(await self.library.outbox.notes(timedelta(0))))
        if repair:
            await self.library.settle(timedelta(0))
        documents = {document.id: document async for document in self._documents()}
        report.documents = len(documents)
        chunks, vectors = await self.audit.chunk_counts(), await self.vectors.vector_counts()
        report.orphaned_chunks = {str(id): n for id, n in chunks.items() if id not in documents}
        report.orphaned_vectors = {str(id): n for id, n in vectors.items() if id not in documents}
        for document in documents.values():
            self._compare(report, document, chunks.get(document.id, 0), vectors.get(document.id, 0))
        if repair:
            await self._repair(report, documents)
        return report

    def _compare(self, report: Report, document: Document, chunks: int, vectors: int) -> None:
        if chunks != document.chunks:
            report.damaged[str(document.id)] = f"{chunks} of {document.chunks} chunks: upload {document.filename} again"
        elif vectors != document.chunks:
            report.missing_vectors[str(document.id)] = document.chunks - vectors

    async def _repair(self, report: Report, documents: Mapping[UUID, Document]) -> None:
        for id in map(UUID, {*report.orphaned_chunks, *report.orphaned_vectors}):
            await self.vectors.erase(id)
            await self.records.erase(id)
        for id in map(UUID, report.missing_vectors):
            await self._embed_again(documents[id])
        report.repaired = True

    async def _embed_again(self, document: Document) -> None:
        chunks = await self.catalogue.chunks(document.id, -1, document.chunks)
        texts = [embedded_text(chunk) for chunk in chunks]
        dense = await self.embedder.embed_documents(texts)
        await self.vectors.erase(document.id)
        await self.vectors.put(Draft(document, "", chunks, dense, [encode_document(text) for text in texts]))

    async def _documents(self) -> AsyncIterator[Document]:
        after: Position | None = None
        while page := await self.catalogue.documents(PAGE, after, None):
            for document in page:
                yield document
            after = Position(page[-1].created_at, page[-1].id)
