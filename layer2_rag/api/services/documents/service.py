"""Uploading, listing, reading and deleting documents."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid4, uuid5

from api.services.chunking.chunks import Chunk, chunk
from api.services.documents.store import (
    Document,
    DocumentReader,
    DocumentStore,
    MetadataValue,
    NewDocument,
    Position,
    StoredChunk,
    embedded_text,
)
from api.services.embedding.embeddings import Embedder
from api.services.embedding.token_map import TokenCounter
from api.services.parsing.errors import DocumentNotFound, DocumentTooLarge
from api.services.parsing.filenames import safe_filename
from api.services.parsing.parser import DocumentParser, ParsedDocument
from api.services.serving.clock import now
from api.services.text.bm25 import SparseVector, encode_document

UPLOADS_AT_ONCE = 4
"""So many uploads are in memory; further ones wait, on disk. A document of 50 MB takes some 200 MB on its way."""


class File(Protocol):
    """Bytes that are not in memory yet."""

    async def read(self) -> bytes: ...


@dataclass(frozen=True)
class Uploaded:
    document: Document
    duplicate: bool


class DocumentService:
    def __init__(
        self,
        *,
        parser: DocumentParser,
        tokens: Callable[[], Awaitable[TokenCounter]],
        embedder: Embedder,
        store: DocumentStore,
        reader: DocumentReader,
        max_bytes: int,
    ) -> None:
        self.parser = parser
        self.tokens = tokens
        self.embedder = embedder
        self.store = store
        self.reader = reader
        self.max_bytes = max_bytes
        self._room = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def upload(
        self,
        file: File,
        filename: str,
        metadata: Mapping[str, MetadataValue],
        replaces: UUID | None = None,
    ) -> Uploaded:
        """Parse, chunk, embed and publish a document; the same bytes again give the document that is there.

        Raises the errors of `document_errors`.
        """
        if replaces is not None:
            await self.get(replaces)
        async with self._room:
            uploaded = await self._published(await file.read(), filename, metadata, replaces)
        if uploaded.duplicate and replaces not in (None, uploaded.document.id):
            with suppress(DocumentNotFound):  # somebody else deleted it: what was wanted
                await self.store.remove(replaces)
        return uploaded

    async def get(self, document_id: UUID) -> Document:
        """Raises `DocumentNotFound`."""
        document = await self.reader.document(id=document_id)
        if document is None:
            raise DocumentNotFound(f"There is no document {document_id}.")
        return document

    async def list(self, limit: int, after: Position | None, filename: str | None) -> list[Document]:
        """Newest first."""
        return await self.reader.documents(limit, after, filename)

    async def chunks(self, document_id: UUID, after: int, limit: int) -> Sequence[StoredChunk]:
        """The chunks whose index is greater than `after`. Raises `DocumentNotFound`."""
        await self.get(document_id)
        return await self.reader.chunks(document_id, after, limit)

    async def text(self, document_id: UUID) -> str:
        """The whole stored text. Raises `DocumentNotFound`."""
        await self.get(document_id)
        return await self.reader.text(document_id)

    async def remove(self, document_id: UUID) -> None:
        """Raises `DocumentNotFound`."""
        await self.store.remove(document_id)

    async def _published(
        self, data: bytes, filename: str, metadata: Mapping[str, MetadataValue], replaces: UUID | None
    ) -> Uploaded:
        if len(data) > self.max_bytes:
            raise DocumentTooLarge(f"The document has {len(data)} bytes; at most {self.max_bytes} are accepted.")
        sha256 = (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()
        document = await self.reader.document(sha256=sha256)
        if document is not None:
            return Uploaded(document, duplicate=True)
        draft = await self._draft(data, sha256, safe_filename(filename), metadata)
        document = await self.store.publish(draft, replaces)
        return Uploaded(document, duplicate=document.id != draft.document.id)

    async def _draft(
        self, data: bytes, sha256: str, filename: str, metadata: Mapping[str, MetadataValue]
    ) -> NewDocument:
        parsed = await self.parser.parse(data, filename)
        tokens = await self.tokens()
        # Cutting a book takes a second of computing: off the event loop with it.
        chunks, sparse = await asyncio.to_thread(_cut, parsed, tokens)
        dense = await self.embedder.embed_documents([embedded_text(c) for c in chunks])
        document = Document(
            id=uuid4(),
            filename=filename,
            content_type=parsed.content_type,
            size_bytes=len(data),
            sha256=sha256,
            pages=len(parsed.pages) or None,
            chunks=len(chunks),
            created_at=now(),
            metadata=dict(metadata),
        )
        return NewDocument(document, parsed.text, [_stored(document.id, c) for c in chunks], dense, sparse)


def _cut(parsed: ParsedDocument, tokens: TokenCounter) -> tuple[Sequence[Chunk], Sequence[SparseVector]]:
    chunks = chunk(parsed, tokens)
    return chunks, [encode_document(embedded_text(c)) for c in chunks]


def _stored(document_id: UUID, c: Chunk) -> StoredChunk:
    """The id is derived, so that storing a chunk twice stores it once."""
    id = uuid5(document_id, str(c.index))
    return StoredChunk(id, document_id, c.index, c.page, c.start, c.end, c.text, c.heading)
