"""The documents, and the processes that parse them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.adapters.parsing.sandbox import SandboxParser
from api.config import Settings
from api.services.documents.service import DocumentService
from api.services.documents.store import DocumentReader, DocumentStore
from api.services.embedding.embeddings import Embeddings
from api.services.parsing.parser import ParseLimits


@asynccontextmanager
async def documents(
    settings: Settings, embeddings: Embeddings, store: DocumentStore, reader: DocumentReader
) -> AsyncIterator[DocumentService]:
    """Upload, list, read and delete."""
    limits = ParseLimits(seconds=settings.parse_seconds)
    async with SandboxParser(limits, processes=settings.parse_processes) as parser:
        yield DocumentService(
            parser=parser,
            tokens=embeddings.tokens,
            embedder=embeddings,
            store=store,
            reader=reader,
            max_bytes=settings.max_upload_bytes,
        )
