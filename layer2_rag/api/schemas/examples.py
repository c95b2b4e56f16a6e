"""Examples of documents and hits, for the page at /docs."""

from typing import Any

ID = "0c9a3b52-6f0e-4f0b-9a55-6a4c1f0f7a11"
CHUNK_ID = "5a1f0b3c-0d0e-5c7b-8f51-3f6f7d1f2b90"

DOCUMENT: dict[str, Any] = {
    "id": ID,
    "filename": "handbook.pdf",
    "content_type": "application/pdf",
    "size_bytes": 48211,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "status": "ready",
    "pages": 3,
    "chunks": 12,
    "created_at": "2026-11-20T09:30:00.125Z",
    "metadata": {"department": "support"},
    "warnings": ["1 image on page 2 has no text."],
    "outdated": False,
}
UPLOADED = DOCUMENT | {"duplicate": False}
CHUNK: dict[str, Any] = {
    "id": CHUNK_ID,
    "index": 0,
    "page": 1,
    "start": 0,
    "end": 40,
    "text": "The office opens at eight in the morning",
}
TEXT: dict[str, Any] = {
    "document_id": ID,
    "start": 0,
    "end": 23,
    "length": 4211,
    "text": "Opening hours\n\nThe off",
    "headings": [{"start": 0, "end": 13, "level": 1}],
    "tables": [],
    "recognised": [],
}
HIT: dict[str, Any] = {
    "document_id": ID,
    "filename": "handbook.pdf",
    "chunk_id": CHUNK_ID,
    "page": 1,
    "start": 0,
    "end": 40,
    "text": "The office opens at eight in the morning",
    "above": {"titles": "Handbook > Opening hours", "caption": "", "header": ""},
    "score": 0.81,
    "dense_score": 0.62,
    "sparse_score": 7.6,
}
EMBEDDINGS: dict[str, Any] = {
    "object": "list",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.0123, -0.0456]}],
    "model": "all-MiniLM-L6-v2@53aa51172d14/openvino-int8/384",
    "usage": {"prompt_tokens": 2, "total_tokens": 2},
}


def example(value: dict[str, Any]) -> dict[str, Any]:
    """The value for Pydantic's `json_schema_extra`."""
    return {"examples": [value]}
