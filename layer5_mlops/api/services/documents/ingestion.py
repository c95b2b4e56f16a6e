"""Ingestion: the bytes of an uploaded document become a document that can be searched and quoted.

    bytes → parse → chunk → embed → publish

The id is made before ingestion begins, so a client can refer to a document that is not ready yet.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid5

from api.services.chunking.chunks import Chunk, chunk
from api.services.documents.languages import Languages
from api.services.documents.outline import outline_of
from api.services.documents.store import (
    Document,
    DocumentStore,
    MetadataValue,
    NewDocument,
    StoredChunk,
    embedded_text,
)
from api.services.embedding.embeddings import Embedder
from api.services.embedding.token_map import TokenCounter
from api.services.parsing.errors import DocumentNotFound
from api.services.parsing.parser import DocumentParser, ParsedDocument
from api.services.serving.clock import now
from api.services.text.bm25 import SparseVector, encode_document


@dataclass(frozen=True)
class Upload:
    """What is known of a document before it is read. `replaces`: the document that this is a new version of."""

    id: UUID
    filename: str
    metadata: Mapping[str, MetadataValue]
    replaces: UUID | None = None


@dataclass(frozen=True)
class Uploaded:
    """`duplicate`: the same bytes were stored already, and `document` is that document."""

    document: Document
    duplicate: bool


class Ingest(Protocol):
    """Turns uploads into documents."""

    async def ingest(self, upload: Upload, data: bytes) -> Uploaded:
        """Publish the document under the id of the upload, unless the same bytes are stored already.

        Raises the errors of `services/parsing/errors.py`, `EmbeddingFailed`, `NotReady` and `StoreUnavailable`.
        """
        ...


class Ingestion:
    """The port `Ingest`: reads the document here and now."""

    def __init__(
        self,
        *,
        parser: DocumentParser,
        tokens: Callable[[], Awaitable[TokenCounter]],
        embedder: Embedder,
        store: DocumentStore,
        languages: Languages,
    ) -> None:
        self.parser = parser
        self.tokens = tokens
        self.embedder = embedder
        self.store = store
        self.languages = languages

    async def ingest(self, upload: Upload, data: bytes) -> Uploaded:
        """See `Ingest`. Repeating it after a failure is safe: nothing is visible before the document is complete."""
        new = await self._read(upload, data)
        document = await self.store.publish(new, upload.replaces)
        if document.id == upload.id:
            return Uploaded(document, duplicate=False)
        await remove_replaced(self.store, document, upload.replaces)
        return Uploaded(document, duplicate=True)

    async def _read(self, upload: Upload, data: bytes) -> NewDocument:
        parsed = await self.parser.parse(data, upload.filename)
        tokens = self.languages.counter(parsed.text, await self.tokens())
        # Splitting a book computes for a second, so it runs in a thread.
        chunks, sparse = await asyncio.to_thread(_split, parsed, upload.filename, tokens)
        dense = await self.embedder.embed_documents([embedded_text(c) for c in chunks])
        document = Document(
            id=upload.id,
            filename=upload.filename,
            content_type=parsed.content_type,
            size_bytes=len(data),
            sha256=await checksum(data),
            pages=len(parsed.pages) or None,
            chunks=len(chunks),
            created_at=now(),
            metadata=dict(upload.metadata),
            warnings=(*parsed.warnings, *self.languages.warnings(parsed.text)),
        )
        stored = [_stored(upload.id, c) for c in chunks]
        return NewDocument(document, parsed.text, stored, dense, sparse, outline_of(parsed))


async def checksum(data: bytes) -> str:
    """The SHA-256 of the bytes, in hexadecimal digits."""
    return (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()


async def remove_replaced(store: DocumentStore, document: Document, replaces: UUID | None) -> None:
    """Remove the document that `document`, a duplicate, was uploaded to replace."""
    if replaces not in (None, document.id):
        with suppress(DocumentNotFound):  # another request has removed it
            await store.remove(replaces)


def _split(
    parsed: ParsedDocument, filename: str, tokens: TokenCounter
) -> tuple[Sequence[Chunk], Sequence[SparseVector]]:
    chunks = chunk(parsed, tokens)
    return chunks, [encode_document(embedded_text(c), filename) for c in chunks]


def _stored(document_id: UUID, c: Chunk) -> StoredChunk:
    """The id is derived from document and index, so that storing a chunk twice stores it once."""
    id = uuid5(document_id, str(c.index))
    return StoredChunk(id, document_id, c.index, c.page, c.start, c.end, c.text, c.heading)
