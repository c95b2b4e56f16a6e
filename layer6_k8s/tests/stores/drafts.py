"""Drafts of documents and queries, with the vectors of a small embedding model."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from api.services.documents.store import Document, MetadataValue, NewDocument, StoredChunk
from api.services.embedding.embeddings import Space
from api.services.retrieval.search import Query
from api.services.text.bm25 import encode_document, encode_query
from tests.embeddings.fake_encoder import DIMENSION, FakeEncoder

ENCODER = FakeEncoder()


async def space() -> Space:
    """The embedding space of the drafts and of the queries."""
    return Space(ENCODER.space, DIMENSION)


def draft(
    text: str,
    *,
    id: UUID | None = None,
    name: str = "note.txt",
    sha256: str = "",
    metadata: Mapping[str, MetadataValue] | None = None,
) -> NewDocument:
    """A document with one chunk per line of the text. Drafts with the same `sha256` have the same bytes."""
    id = id or uuid4()
    chunks, start = [], 0
    for index, line in enumerate(text.split("\n")):
        chunks.append(StoredChunk(uuid5(id, str(index)), id, index, None, start, start + len(line), line, ""))
        start += len(line) + 1
    now = datetime.now(UTC)
    document = Document(
        id=id,
        filename=name,
        content_type="text/plain",
        size_bytes=len(text.encode()),
        sha256=hashlib.sha256((sha256 or text).encode()).hexdigest(),
        pages=None,
        chunks=len(chunks),
        created_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        metadata=metadata or {},
    )
    texts = [chunk.text for chunk in chunks]
    return NewDocument(document, text, chunks, ENCODER.encode(texts), [encode_document(text) for text in texts])


def query(question: str, top_k: int = 5, **more: Any) -> Query:
    return Query(ENCODER.encode([question])[0], encode_query(question), top_k, **more)
