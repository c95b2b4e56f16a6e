"""Writes to layer 2's stores as the layer does, in the layer's own folder: `python writer.py`, jobs as JSON on stdin.

    {"add": [numbers]}           documents, whose content follows from their number
    {"replace": [[old, new], …]} by number
    {"delete": [numbers]}
    {"again": [numbers]}         deleted and uploaded once more: the same bytes under another id
    {"double": [numbers]}        with word weights in double precision, as this layer wrote them once
    {"dump": true}               print all that the stores hold, as JSON

Vectors are random ones of unit length: they are carried, and compared, like any other.
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


def draft(number: int, edition: str = "") -> NewDocument:
    """The document of that number, always the same; another edition has another id."""
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


def doubled(draft: NewDocument) -> NewDocument:
    sparse = [SparseVector(it.indices, [value * (1 + 1e-9) for value in it.values]) for it in draft.sparse]
    return replace(draft, sparse=sparse)


async def do(transfer: TwoStoresTransfer, job: dict[str, Any]) -> None:
    await transfer.use(SPACE)
    for number in job.get("add", []):
        await transfer.store.publish(draft(number), None)
    for old, new in job.get("replace", []):
        await transfer.store.publish(draft(new), uuid5(FAMILY, str(old)))
    for number in job.get("delete", []):
        await transfer.store.remove(uuid5(FAMILY, str(number)))
    for number in job.get("again", []):
        await transfer.store.remove(uuid5(FAMILY, str(number)))
        await transfer.store.publish(draft(number, "again"), None)
    for number in job.get("double", []):
        await transfer.store.publish(doubled(draft(number)), None)
    if job.get("dump"):
        print(json.dumps(await dumped(transfer)))  # noqa: T201


async def dumped(transfer: TwoStoresTransfer) -> dict[str, Sequence[Any]]:
    """All rows and points; only the slot of a document, which is the store's own number for it, is left out."""
    catalogue = transfer.catalogue
    assert isinstance(catalogue, MongoDocumentReader)
    stored: dict[str, Sequence[Any]] = {}
    for name in ("documents", "chunks", "texts"):
        rows = await catalogue.database[name].find({}).to_list(None)
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
