"""Rows of documents and chunks as SQL statements use them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from psycopg.rows import TupleRow

from api.services.documents.store import Document, MetadataValue, StoredChunk

DOCUMENT = "id, filename, content_type, size_bytes, sha256, pages, chunks, created_at, metadata, warnings, parser"
CHUNK = 'id, document_id, index, page, start, "end", text, heading'


def document_from(row: TupleRow) -> Document:
    """From the columns of `DOCUMENT`."""
    document = Document(*row)
    return replace(document, warnings=tuple(document.warnings))


def chunk_from(row: TupleRow) -> StoredChunk:
    """From the columns of `CHUNK`."""
    return StoredChunk(*row)


def chunk_row(chunk: StoredChunk) -> tuple[UUID, UUID, int, int | None, int, int, str, str]:
    """The columns of `CHUNK`."""
    return (
        chunk.id,
        chunk.document_id,
        chunk.index,
        chunk.page,
        chunk.start,
        chunk.end,
        chunk.text,
        chunk.heading,
    )


def tags(metadata: Mapping[str, MetadataValue]) -> list[str]:
    """The keywords of a document's metadata, one per field."""
    return [tag(key, value) for key, value in metadata.items()]


def tag(key: str, value: MetadataValue) -> str:
    """One keyword for a metadata field and its value.

    `true`, `1` and "1" are three values; `1` and `1.0` are one, as in JSON.
    """
    whole = isinstance(value, float) and value.is_integer()
    return json.dumps([key, int(value) if whole else value])
