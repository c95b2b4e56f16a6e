"""MongoDB's client and its errors, and documents and chunks as rows. Ids are stored as strings."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError

from api.services.documents.store import Document, StoredChunk, StoreUnavailable

Row = dict[str, Any]
FIND_SERVER_MS = 2_500  # below the time limit of a health probe
ANSWER_MS = 20_000

logger = logging.getLogger("mystack.mongodb")


def mongo_client(url: str) -> "AsyncIOMotorClient[Row]":
    """A client that connects at the first operation."""
    return AsyncIOMotorClient(url, serverSelectionTimeoutMS=FIND_SERVER_MS, socketTimeoutMS=ANSWER_MS)


@asynccontextmanager
async def translated_errors() -> AsyncIterator[None]:
    """Turns errors of the driver into `StoreUnavailable`."""
    try:
        yield
    except PyMongoError as error:
        logger.warning("MongoDB: %r", error)
        raise StoreUnavailable(f"MongoDB is unreachable or failed: {type(error).__name__}.") from error


def sort_key(created_at: datetime, id: UUID) -> str:
    """A text that sorts like (created_at, id), newest last: one field, one index, one cursor.

    It begins with milliseconds since 1970, because nx-27017 reads a text that begins with an ISO date as a date.
    """
    return f"{round(created_at.timestamp() * 1000):015d} {id}"


def document_row(document: Document) -> Row:
    return {
        "id": str(document.id),
        "filename": document.filename,
        "content_type": document.content_type,
        "size_bytes": document.size_bytes,
        "sha256": document.sha256,
        "pages": document.pages,
        "chunks": document.chunks,
        "created_at": document.created_at,
        "place": sort_key(document.created_at, document.id),
        # As pairs: MongoDB would read a dot or a dollar in a key as part of a path.
        "metadata": [[key, value] for key, value in document.metadata.items()],
        "warnings": list(document.warnings),
        "parser": document.parser,
    }


def document_from(row: Row) -> Document:
    return Document(
        id=UUID(row["id"]),
        filename=row["filename"],
        content_type=row["content_type"],
        size_bytes=row["size_bytes"],
        sha256=row["sha256"],
        pages=row["pages"],
        chunks=row["chunks"],
        created_at=row["created_at"].replace(tzinfo=UTC),
        metadata=dict(row["metadata"]),
        warnings=tuple(row.get("warnings", ())),  # rows of before parser version 2 lack both
        parser=row.get("parser", 1),
    )


def chunk_row(chunk: StoredChunk) -> Row:
    return {
        "_id": str(chunk.id),
        "document_id": str(chunk.document_id),
        "index": chunk.index,
        "page": chunk.page,
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "heading": chunk.heading,
    }


def chunk_from(row: Row) -> StoredChunk:
    return StoredChunk(
        id=UUID(row["_id"]),
        document_id=UUID(row["document_id"]),
        index=row["index"],
        page=row["page"],
        start=row["start"],
        end=row["end"],
        text=row["text"],
        heading=row["heading"],
    )
