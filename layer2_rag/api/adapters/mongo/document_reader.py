"""Reading documents, chunks and texts from MongoDB."""

import re
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from api.adapters.mongo.rows import Row, chunk_from, document_from, sort_key, translated_errors
from api.services.documents.outline import Outline, from_json
from api.services.documents.store import Document, Position, StoredChunk, TextSlice
from api.services.parsing.errors import DocumentNotFound

INT32 = 2**31 - 1
"""MongoDB's largest offset into a text."""


class MongoDocumentReader:
    """The ports `DocumentReader`, `Reader` and `RecordAudit`."""

    def __init__(self, database: "AsyncIOMotorDatabase[Row]") -> None:
        self.database = database

    async def documents(self, limit: int, after: Position | None, filename: str | None) -> list[Document]:
        """See `DocumentReader`; reads along the index on `place`."""
        query: Row = {}
        if after is not None:
            query["place"] = {"$lt": sort_key(after.time, after.id)}
        if filename is not None:
            query["filename"] = {"$regex": re.escape(filename), "$options": "i"}
        async with translated_errors():
            rows = await self.database.documents.find(query).sort("place", DESCENDING).limit(limit).to_list(None)
        return [document_from(row) for row in rows]

    async def document(self, *, id: UUID | None = None, sha256: str | None = None) -> Document | None:
        async with translated_errors():
            row = await self.database.documents.find_one({"id": str(id)} if id else {"sha256": sha256})
        return document_from(row) if row else None

    async def chunks(self, document_id: UUID, after: int, limit: int) -> list[StoredChunk]:
        query = {"document_id": str(document_id), "index": {"$gt": after}}
        async with translated_errors():
            rows = await self.database.chunks.find(query).sort("index", ASCENDING).limit(limit).to_list(None)
        return [chunk_from(row) for row in rows]

    async def chunk_at(self, document_id: UUID, offset: int) -> StoredChunk | None:
        query = {"document_id": str(document_id), "start": {"$lte": offset}}
        async with translated_errors():
            rows = await self.database.chunks.find(query).sort("index", DESCENDING).limit(1).to_list(None)
        return chunk_from(rows[0]) if rows else None

    async def text(self, document_id: UUID, start: int = 0, end: int | None = None) -> TextSlice:
        """See `DocumentReader`; code points in MongoDB are characters in Python."""
        start, end = min(start, INT32), INT32 if end is None else end
        part = {"$substrCP": ["$text", start, min(end - start, INT32)]}
        stages: list[Row] = [
            {"$match": {"_id": str(document_id)}},
            {"$project": {"text": part, "length": {"$strLenCP": "$text"}}},
        ]
        async with translated_errors():
            rows = await self.database.texts.aggregate(stages).to_list(None)
        if not rows:
            raise DocumentNotFound(f"There is no document {document_id}.")
        return TextSlice(start, str(rows[0]["text"]), int(rows[0]["length"]))

    async def outline(self, document_id: UUID) -> Outline:
        """See `DocumentReader`; texts of before outlines were kept have none."""
        async with translated_errors():
            row = await self.database.texts.find_one({"_id": str(document_id)}, {"outline": 1})
        return from_json((row or {}).get("outline", {}))

    async def visible(self, document_ids: Collection[UUID]) -> Mapping[UUID, Document]:
        async with translated_errors():
            found = self.database.documents.find({"id": {"$in": [str(id) for id in document_ids]}})
            documents = [document_from(row) for row in await found.to_list(None)]
        return {document.id: document for document in documents}

    async def chunks_by_id(self, chunk_ids: Sequence[UUID]) -> Mapping[UUID, StoredChunk]:
        async with translated_errors():
            found = self.database.chunks.find({"_id": {"$in": [str(id) for id in chunk_ids]}})
            chunks = [chunk_from(row) for row in await found.to_list(None)]
        return {chunk.id: chunk for chunk in chunks}

    async def chunk_counts(self) -> Mapping[UUID, int]:
        """See `RecordAudit`."""
        counts: dict[UUID, int] = {}
        async with translated_errors():
            async for row in self.database.texts.find({}, {"_id": 1}):
                counts[UUID(row["_id"])] = 0
            async for row in self.database.chunks.find({}, {"document_id": 1}):
                document_id = UUID(row["document_id"])
                counts[document_id] = counts.get(document_id, 0) + 1
        return counts
