"""Reading documents, chunks and texts from MongoDB."""

import re
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from api.adapters.mongo.rows import Row, answered, chunk_from, document_from, place
from api.services.documents.store import Document, Position, StoredChunk
from api.services.parsing.errors import DocumentNotFound


class MongoDocumentReader:
    """The ports `DocumentReader`, `Reader` and `RecordAudit`."""

    def __init__(self, database: "AsyncIOMotorDatabase[Row]") -> None:
        self.database = database

    async def documents(self, limit: int, after: Position | None, filename: str | None) -> list[Document]:
        """Newest first; `filename` is a part of the name, in any case. Walks the index on `place`."""
        query: Row = {}
        if after is not None:
            query["place"] = {"$lt": place(after.time, after.id)}
        if filename is not None:
            query["filename"] = {"$regex": re.escape(filename), "$options": "i"}
        async with answered():
            rows = await self.database.documents.find(query).sort("place", DESCENDING).limit(limit).to_list(None)
        return [document_from(row) for row in rows]

    async def document(self, *, id: UUID | None = None, sha256: str | None = None) -> Document | None:
        async with answered():
            row = await self.database.documents.find_one({"id": str(id)} if id else {"sha256": sha256})
        return document_from(row) if row else None

    async def chunks(self, document_id: UUID, after: int, limit: int) -> list[StoredChunk]:
        query = {"document_id": str(document_id), "index": {"$gt": after}}
        async with answered():
            rows = await self.database.chunks.find(query).sort("index", ASCENDING).limit(limit).to_list(None)
        return [chunk_from(row) for row in rows]

    async def text(self, document_id: UUID) -> str:
        async with answered():
            row = await self.database.texts.find_one({"_id": str(document_id)})
        if row is None:
            raise DocumentNotFound(f"There is no document {document_id}.")
        return str(row["text"])

    async def visible(self, document_ids: Collection[UUID]) -> Mapping[UUID, Document]:
        async with answered():
            found = self.database.documents.find({"id": {"$in": [str(id) for id in document_ids]}})
            documents = [document_from(row) for row in await found.to_list(None)]
        return {document.id: document for document in documents}

    async def chunks_by_id(self, chunk_ids: Sequence[UUID]) -> Mapping[UUID, StoredChunk]:
        async with answered():
            found = self.database.chunks.find({"_id": {"$in": [str(id) for id in chunk_ids]}})
            chunks = [chunk_from(row) for row in await found.to_list(None)]
        return {chunk.id: chunk for chunk in chunks}

    async def chunk_counts(self) -> Mapping[UUID, int]:
        """How many chunks each document id has, visible or not; 0 for one of which only the text is there."""
        counts: dict[UUID, int] = {}
        async with answered():
            async for row in self.database.texts.find({}, {"_id": 1}):
                counts[UUID(row["_id"])] = 0
            async for row in self.database.chunks.find({}, {"document_id": 1}):
                document_id = UUID(row["document_id"])
                counts[document_id] = counts.get(document_id, 0) + 1
        return counts
