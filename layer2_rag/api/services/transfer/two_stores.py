"""Exports documents from two stores, and imports them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from api.services.documents.store import DocumentReader, DocumentStore, NewDocument, StoredChunk
from api.services.embedding.embeddings import Space
from api.services.parsing.errors import DocumentNotFound
from api.services.retrieval.search import Hit, Index, Query
from api.services.transfer.codec import ChunkVectors, StoredDocument
from api.services.transfer.protocol import DocumentSummary
from api.services.two_stores.ports import Outbox, all_documents

REPAIR = "run `mystack check-stores --layer 2 --repair` first"


class Imported(Protocol):
    """The ids of the documents that were imported."""

    async def ids(self) -> set[UUID]: ...

    async def add(self, document_id: UUID) -> None: ...


class StoredVectors(Protocol):
    """The stored vectors, of any embedding space."""

    async def spaces(self) -> Mapping[Space, int]:
        """The stored spaces, and the number of chunks that have vectors in each."""
        ...

    async def read(self, space: Space, chunk_ids: Sequence[UUID]) -> Mapping[UUID, ChunkVectors]: ...


class SearchableStore(DocumentStore, Index, Protocol):
    """Both ports of `TwoStores`."""


class TwoStoresTransfer:
    """The port `ImportTarget`. `store` writes to and searches in the space that `space()` returns."""

    def __init__(
        self,
        *,
        reader: DocumentReader,
        vectors: StoredVectors,
        store: SearchableStore,
        outbox: Outbox,
        imported: Imported,
    ) -> None:
        self.reader = reader
        self.vectors = vectors
        self.store = store
        self.outbox = outbox
        self.imported = imported
        self._space: Space | None = None

    async def space(self) -> Space:
        """The space that was chosen, or else the one with the most vectors."""
        if self._space is None:
            self._space, _ = await self.describe()
        if self._space is None:
            raise LookupError("no embedding space was chosen, and no vectors are stored")
        return self._space

    async def describe(self) -> tuple[Space | None, Sequence[str]]:
        spaces = await self.vectors.spaces()
        space = self._space or max(spaces, key=lambda space: (spaces[space], space.name), default=None)
        chunks = sum([document.chunks async for document in all_documents(self.reader)])
        remarks = []
        if notes := await self.outbox.notes(timedelta(0)):
            remarks.append(f"{len(notes)} writes are unfinished and are not exported")
        elif space and spaces.get(space, 0) > chunks:
            extra = spaces[space] - chunks
            remarks.append(f"{extra} vectors belong to no document and change the scores: {REPAIR}")
        if len([n for n in spaces.values() if n]) > 1:
            remarks.append(f"of {len(spaces)} embedding spaces only {space and space.name} is exported")
        return space, remarks

    async def use(self, space: Space) -> None:
        self._space = space

    async def summaries(self) -> Sequence[DocumentSummary]:
        imported = await self.imported.ids()
        documents = all_documents(self.reader)
        return [DocumentSummary(d.id, d.filename, d.sha256, d.chunks, d.id in imported) async for d in documents]

    async def read(self, document_id: UUID) -> StoredDocument | None:
        document = await self.reader.document(id=document_id)
        if document is None:
            return None
        try:
            text = (await self.reader.text(document_id)).text
        except DocumentNotFound:
            text = ""
        chunks = await self.reader.chunks(document_id, -1, document.chunks + 1)
        outline = await self.reader.outline(document_id)
        return StoredDocument(document, text, chunks, await self._vectors_of(chunks), outline)

    async def search(self, query: Query) -> list[Hit]:
        return await self.store.search(query)

    async def begin(self) -> None:
        """Nothing to prepare: both stores always accept documents."""

    async def import_document(self, new: NewDocument, replaces: UUID | None) -> str | None:
        await self.imported.add(new.document.id)
        document = await self.store.publish(new, replaces)
        if document.id != new.document.id:
            return f"the same bytes are stored as {document.filename} ({document.id})"
        return None

    async def remove(self, document_id: UUID) -> None:
        await self.store.remove(document_id)

    async def finish(self) -> None:
        """Nothing left to do: both stores keep their indexes up to date."""

    async def _vectors_of(self, chunks: Sequence[StoredChunk]) -> Mapping[UUID, ChunkVectors]:
        return await self.vectors.read(await self.space(), [chunk.id for chunk in chunks]) if chunks else {}
