"""Uploading, listing, reading and deleting documents."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol
from uuid import UUID, uuid4

from api.errors import Overloaded
from api.services.documents.ingestion import Ingest, Upload, Uploaded, checksum, remove_replaced
from api.services.documents.languages import Languages
from api.services.documents.outline import Outline
from api.services.documents.store import (
    Document,
    DocumentReader,
    DocumentStore,
    MetadataValue,
    Position,
    StoredChunk,
    TextSlice,
)
from api.services.parsing.errors import DocumentNotFound, DocumentTooLarge
from api.services.parsing.filenames import safe_filename

UPLOADS_AT_ONCE = 4
"""Uploads in memory at the same time; further ones wait on disk. A document of 50 MB needs about 200 MB meanwhile."""
WAIT_SECONDS = 60.0
"""Longest wait of an upload for one of these slots; then it is refused with a Retry-After header."""


class UploadsBusy(Overloaded):
    """Other uploads occupy this service, and nothing was stored. Upload the document again in half a minute."""

    retry_after = 30


class File(Protocol):
    """Bytes that are not in memory yet."""

    async def read(self) -> bytes: ...


class DocumentService:
    """The use cases of documents. `max_bytes`: largest document that is accepted."""

    def __init__(
        self,
        *,
        ingestion: Ingest,
        store: DocumentStore,
        reader: DocumentReader,
        languages: Languages,
        max_bytes: int,
    ) -> None:
        self.ingestion = ingestion
        self.store = store
        self.reader = reader
        self.languages = languages
        self.max_bytes = max_bytes
        self._slots = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def upload(
        self,
        file: File,
        filename: str,
        metadata: Mapping[str, MetadataValue],
        replaces: UUID | None = None,
    ) -> Uploaded:
        """Ingest a document; the same bytes again return the document that is stored already.

        Only if an earlier parser read it and `replaces` names it, they are read again.

        Raises `DocumentNotFound` when there is none to replace, `DocumentTooLarge`, `UploadsBusy`, and what
        `Ingest.ingest` raises.
        """
        if replaces is not None:
            await self.get(replaces)
        async with self._slot():
            data = await file.read()
            if len(data) > self.max_bytes:
                raise DocumentTooLarge(
                    f"The document has {len(data):,} bytes; at most {self.max_bytes:,} are accepted."
                )
            document = await self.reader.document(sha256=await checksum(data))
            if document is None or (document.outdated and document.id == replaces):
                return await self.ingestion.ingest(Upload(uuid4(), safe_filename(filename), metadata, replaces), data)
        await remove_replaced(self.store, document, replaces)
        return Uploaded(self._as_of_now(document), duplicate=True)

    async def get(self, document_id: UUID) -> Document:
        """Raises `DocumentNotFound`."""
        document = await self.reader.document(id=document_id)
        if document is None:
            raise DocumentNotFound(f"There is no document {document_id}.")
        return self._as_of_now(document)

    async def list(self, limit: int, after: Position | None, filename: str | None) -> list[Document]:
        """Newest first; `filename` is a part of the name, in upper or lower case."""
        return [self._as_of_now(document) for document in await self.reader.documents(limit, after, filename)]

    async def chunks(self, document_id: UUID, after: int, limit: int) -> Sequence[StoredChunk]:
        """The chunks whose index is greater than `after`. Raises `DocumentNotFound`."""
        await self.get(document_id)
        return await self.reader.chunks(document_id, after, limit)

    async def text(self, document_id: UUID, start: int = 0, end: int | None = None) -> TextSlice:
        """Characters `start:end` of the stored text, cut at its end. Raises `DocumentNotFound`."""
        await self.get(document_id)
        found = await self.reader.text(document_id, start, None if end is None else max(start, end))
        return replace(found, start=min(start, found.length))

    async def outline(self, document_id: UUID, part: TextSlice) -> Outline:
        """The headings and tables that have a character in this part of the text."""
        return (await self.reader.outline(document_id)).within(part.start, part.end)

    async def remove(self, document_id: UUID) -> None:
        """Raises `DocumentNotFound`."""
        await self.store.remove(document_id)

    def _as_of_now(self, document: Document) -> Document:
        """Without the warnings that another embedding model gave cause for."""
        if not document.warnings:
            return document
        return replace(document, warnings=self.languages.still_true(document.warnings))

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """One of the slots for uploads. Raises `UploadsBusy` when none becomes free in time."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            raise UploadsBusy from None
        try:
            yield
        finally:
            self._slots.release()
