"""Writes to layer 2's stores with the layer's code, in the layer's folder: `python writer.py`, jobs as JSON on stdin.

    {"add": [numbers]}           documents whose content is derived from their number
    {"replace": [[old, new], …]} by number
    {"delete": [numbers]}
    {"again": [numbers]}         deleted and uploaded again: the same bytes under another id
    {"double": [numbers]}        with term weights in double precision, as former versions wrote them
    {"dump": true}               print the whole content of the stores, as JSON

Vectors are random and of unit length.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

sys.path.insert(0, os.getcwd())

import numpy as np

from api.adapters.mongo.document_reader import MongoDocumentReader
from api.config import Settings
from api.entrypoints.transfer_two_stores import opened
from api.services.documents.store import Document, NewDocument, StoredChunk, embedded_text
from api.services.embedding.embeddings import Space
from api.services.text.bm25 import SparseVector, encode_document
from api.services.transfer.two_stores import TwoStoresTransfer

SPACE = Space("random@000000000000/fp32/48", 48)
FAMILY = UUID("00000000-0000-4000-8000-000000000000")
METADATA = {"zeta": True, "alpha": 1, "mid": 1.0, "wide": 1e16, "text": 'ä · 1 "x"', "n.o$t": -0.5, "big": 2**53}
WORDS = ["heron", "badger", "otter", "fern", "birch", "lamp", "harbour", "letter"]
WORDS += ["engine", "violet", "copper", "window", "river", "north", "salt", "moor"]
EPOCH = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def new_document(number: int, edition: str = "") -> NewDocument:
    """The document with that number, always the same; another edition has another id."""
    random = np.random.default_rng(number)
    id = uuid5(FAMILY, f"{number}{edition}")
    chunks, texts, start = list[StoredChunk](), list[str](), 0
    for index in range(1 + number % 6):
        text = f"№ {number}.{index} 𝄞 " + " ".join(random.choice(WORDS, 20))
        heading = "Of birds" if index % 2 else ""
        page = index + 1 if number % 3 else None
        chunks.append(StoredChunk(uuid5(id, str(index)), id, index, page, start, start + len(text), text, heading))
        texts.append(text)
        start += len(text) + 2
    text = "\n\n".join(texts)
    dense = random.normal(size=(len(chunks), SPACE.dimension)).astype(np.float32)
    document = Document(
        id=id,
        filename=f"note {number}.txt",
        content_type="text/plain",
        size_bytes=len(text.encode()),
        sha256=sha256(text.encode()).hexdigest(),
        pages=len(chunks) if number % 3 else None,
        chunks=len(chunks),
        created_at=EPOCH + timedelta(milliseconds=7 * (number // 2)),
        metadata=METADATA | {"number": number} if number % 2 else {},
    )
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    return NewDocument(document, text, chunks, dense, [encode_document(embedded_text(chunk)) for chunk in chunks])


def doubled(new: NewDocument) -> NewDocument:
    sparse = [SparseVector(one.indices, [value * (1 + 1e-9) for value in one.values]) for one in new.sparse]
    return replace(new, sparse=sparse)


async def do(transfer: TwoStoresTransfer, job: dict[str, Any]) -> None:
    await transfer.use(SPACE)
    for number in job.get("add", []):
        await transfer.store.publish(new_document(number), None)
    for old, new in job.get("replace", []):
        await transfer.store.publish(new_document(new), uuid5(FAMILY, str(old)))
    for number in job.get("delete", []):
        await transfer.store.remove(uuid5(FAMILY, str(number)))
    for number in job.get("again", []):
        await transfer.store.remove(uuid5(FAMILY, str(number)))
        await transfer.store.publish(new_document(number, "again"), None)
    for number in job.get("double", []):
        await transfer.store.publish(doubled(new_document(number)), None)
    if job.get("dump"):
        print(json.dumps(await dumped(transfer)))  # noqa: T201


async def dumped(transfer: TwoStoresTransfer) -> dict[str, Sequence[Any]]:
    """All rows and points, without the store's own number of a document."""
    reader = transfer.reader
    assert isinstance(reader, MongoDocumentReader)
    stored: dict[str, Sequence[Any]] = {}
    for name in ("documents", "chunks", "texts"):
        rows = await reader.database[name].find({}).to_list(None)
        texts = [{k: str(v) if k in ("created_at", "at") else v for k, v in row.items()} for row in rows]
        stored[name] = sorted(
            json.dumps({k: v for k, v in r.items() if (name, k) != ("documents", "_id")}) for r in texts
        )
    client = transfer.vectors.client  # type: ignore[attr-defined]
    for collection in client.get_collections().collections:
        records, _ = client.scroll(collection.name, limit=100_000, with_vectors=True)
        stored[collection.name] = sorted(json.dumps(record.model_dump(), sort_keys=True) for record in records)
    return stored


async def main() -> None:
    async with opened(Settings()) as transfer:
        await do(transfer, json.load(sys.stdin))


if __name__ == "__main__":
    asyncio.run(main())
