"""Documents: their ingestion, with the processes that parse them, and the service over it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.adapters.parsing.sandbox import SandboxParser
from api.config import Settings
from api.services.documents.ingestion import Ingest, Ingestion
from api.services.documents.service import DocumentService
from api.services.documents.store import DocumentReader, DocumentStore
from api.services.embedding.embeddings import Embeddings
from api.services.parsing.parser import OcrLimits, ParseLimits


@asynccontextmanager
async def document_ingestion(
    settings: Settings, embeddings: Embeddings, store: DocumentStore
) -> AsyncIterator[Ingestion]:
    """Parse, chunk, embed and publish; the parsing processes live as long as the block."""
    limits = ParseLimits(seconds=settings.parse_seconds)
    ocr = OcrLimits(settings.ocr_pages, settings.ocr_seconds, settings.ocr_pixels) if settings.ocr else None
    async with SandboxParser(limits, settings.parse_processes, ocr) as parser:
        yield Ingestion(
            parser=parser,
            tokens=embeddings.tokens,
            embedder=embeddings,
            store=store,
        )


def documents(settings: Settings, ingestion: Ingest, store: DocumentStore, reader: DocumentReader) -> DocumentService:
    """Upload, list, read and delete."""
    return DocumentService(
        ingestion=ingestion,
        store=store,
        reader=reader,
        max_bytes=settings.max_upload_bytes,
    )
