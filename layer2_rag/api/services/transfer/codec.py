"""A stored document as bytes, to be moved from one store to another and compared in both.

    bytes = length of the head (uint32) · head (JSON) · dense vectors · terms · weights

The head holds everything but the vectors: the document, its text, its chunks, and which of these have vectors. All
numbers are little-endian: dense vectors and weights are float32, terms uint32. The same document gives the same bytes
in every store, so one checksum compares all of it.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from api.services.documents.outline import NO_OUTLINE, Outline, as_json, from_json
from api.services.documents.store import Document, NewDocument, StoredChunk
from api.services.text.bm25 import SparseVector


@dataclass(frozen=True)
class ChunkVectors:
    """The stored vectors of a chunk. `rounded`: number of weights that were stored in more than single precision."""

    dense: NDArray[np.float32]
    terms: NDArray[np.uint32]
    weights: NDArray[np.float32]
    rounded: int = 0


@dataclass(frozen=True)
class StoredDocument:
    """A stored document, complete or not: chunks may be missing, and a chunk may lack its vectors."""

    document: Document
    text: str
    chunks: Sequence[StoredChunk]
    vectors: Mapping[UUID, ChunkVectors]
    """By chunk id."""
    outline: Outline = NO_OUTLINE


class Incomplete(ValueError):
    """A stored document lacks chunks or vectors, so it cannot be imported."""


def encode(stored: StoredDocument) -> bytes:
    """The document as bytes."""
    vectors = [stored.vectors.get(chunk.id) for chunk in stored.chunks]
    present = [vector for vector in vectors if vector is not None]
    head = {
        "document": _document(stored.document),
        "text": stored.text,
        "outline": as_json(stored.outline),
        "chunks": [_chunk(chunk) for chunk in stored.chunks],
        "vectors": [None if vector is None else [len(vector.dense), len(vector.terms)] for vector in vectors],
    }
    data = _json(head)
    columns = [b"".join(getattr(v, name).tobytes() for v in present) for name in ("dense", "terms", "weights")]
    return b"".join([struct.pack("<I", len(data)), data, *columns])


def decode(data: bytes) -> NewDocument:
    """The document, to be published. Raises `Incomplete`."""
    (length,) = struct.unpack_from("<I", data)
    head = json.loads(data[4 : 4 + length])
    document, chunks = _document_from(head["document"]), [_chunk_from(row) for row in head["chunks"]]
    sizes = head["vectors"]
    if not len(chunks) == document.chunks == len([size for size in sizes if size]):
        raise Incomplete(f"{document.filename} ({document.id}) lacks chunks or vectors in the store that it comes from")
    terms = [count for _, count in sizes]
    dense = np.frombuffer(data, "<f4", sum(size for size, _ in sizes), 4 + length)
    indices = np.frombuffer(data, "<u4", sum(terms), 4 + length + dense.nbytes)
    weights = np.frombuffer(data, "<f4", sum(terms), 4 + length + dense.nbytes + indices.nbytes)
    cuts = np.cumsum(terms)[:-1]
    sparse = zip(np.split(indices, cuts), np.split(weights, cuts), strict=True) if chunks else ()
    return NewDocument(
        document=document,
        text=head["text"],
        chunks=chunks,
        dense=dense.reshape(len(chunks), -1) if chunks else np.empty((0, 0), np.float32),
        sparse=[SparseVector(some.tolist(), values.tolist()) for some, values in sparse],
        outline=from_json(head.get("outline", {})),
    )


def checksums(stored: StoredDocument) -> dict[str, Any]:
    """SHA-256 of the whole document, of its record and text, and of each chunk with its vectors; `vectors` counts them.

    `rounded` counts the weights that had more than single precision.
    """
    return {
        "document": sha256(encode(stored)).hexdigest(),
        "record": sha256(_json([_document(stored.document), stored.text])).hexdigest(),
        "chunks": {str(chunk.id): _checksum(chunk, stored.vectors.get(chunk.id)) for chunk in stored.chunks},
        "vectors": len(stored.vectors),
        "rounded": sum(vector.rounded for vector in stored.vectors.values()),
    }


def _checksum(chunk: StoredChunk, vectors: ChunkVectors | None) -> str:
    parts = [] if vectors is None else [vectors.dense, vectors.terms, vectors.weights]
    return sha256(b"".join([_json(_chunk(chunk)), *(part.tobytes() for part in parts)])).hexdigest()


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _document(document: Document) -> dict[str, Any]:
    return {
        "id": str(document.id),
        "filename": document.filename,
        "content_type": document.content_type,
        "size_bytes": document.size_bytes,
        "sha256": document.sha256,
        "pages": document.pages,
        "chunks": document.chunks,
        "created_at": document.created_at.astimezone(UTC).isoformat(),
        "metadata": list(document.metadata.items()),
        "warnings": list(document.warnings),
        "parser": document.parser,
    }


def _document_from(row: Mapping[str, Any]) -> Document:
    changed = {
        "id": UUID(row["id"]),
        "created_at": datetime.fromisoformat(row["created_at"]),
        "metadata": dict(row["metadata"]),
        "warnings": tuple(row.get("warnings", ())),
        "parser": row.get("parser", 1),  # bytes of before parser version 2 lack both
    }
    return Document(**dict(row) | changed)


def _chunk(chunk: StoredChunk) -> dict[str, Any]:
    return {
        "id": str(chunk.id),
        "document_id": str(chunk.document_id),
        "index": chunk.index,
        "page": chunk.page,
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "heading": chunk.heading,
    }


def _chunk_from(row: Mapping[str, Any]) -> StoredChunk:
    return StoredChunk(**dict(row) | {"id": UUID(row["id"]), "document_id": UUID(row["document_id"])})
