"""Writing documents, chunks and texts to MongoDB, and the outbox.

    documents  {_id: slot, id, sha256, …}    unique on id and on sha256: the same bytes cannot be there twice
    chunks     {_id: chunk id, document_id, index, …}
    texts      {_id: document id, text, outline}
    outbox     {_id: note id, document_ids, at}

A slot stays the same through all versions of a document. So a replacement is one `replace_one`, which is atomic without
a transaction (a standalone MongoDB has none).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from api.adapters.mongo.rows import Row, chunk_row, document_from, document_row, translated_errors
from api.services.documents.outline import as_json
from api.services.documents.store import Document, NewDocument, StoreUnavailable
from api.services.parsing.errors import DocumentNotFound

INSERT_BATCH = 500
ATTEMPTS = 3


class MongoRecords:
    """The ports `Records` and `Outbox`."""

    def __init__(self, database: "AsyncIOMotorDatabase[Row]") -> None:
        self.database = database
        self._prepared = False

    async def prepare(self) -> None:
        """Create the indexes of all queries, once."""
        if self._prepared:
            return
        async with translated_errors():
            await self.database.documents.create_index("id", unique=True)
            await self.database.documents.create_index("sha256", unique=True)
            await self.database.documents.create_index("place")
            await self.database.chunks.create_index([("document_id", ASCENDING), ("index", ASCENDING)])
            await self.database.outbox.create_index("at")
        self._prepared = True

    async def check(self) -> str:
        """One sentence for /health. Raises `StoreUnavailable`."""
        async with translated_errors():
            await self.database.command("ping")
        return "MongoDB responds."

    async def stage(self, new: NewDocument) -> None:
        rows = [chunk_row(chunk) for chunk in new.chunks]
        async with translated_errors():
            row = {"_id": str(new.document.id), "text": new.text, "outline": as_json(new.outline)}
            await self.database.texts.insert_one(row)
            for start in range(0, len(rows), INSERT_BATCH):
                await self.database.chunks.insert_many(rows[start : start + INSERT_BATCH])

    async def commit(self, document: Document, replaces: UUID | None) -> Document:
        """See `Records`. Tries again when the document with the same bytes is deleted between two calls."""
        for _ in range(ATTEMPTS):
            async with translated_errors():
                try:
                    return await self._commit(document, replaces)
                except DuplicateKeyError:
                    row = await self.database.documents.find_one({"sha256": document.sha256})
            if row is not None:
                return document_from(row)
        raise StoreUnavailable("The same document is being uploaded and deleted at the same time. Try again.")

    async def withdraw(self, document_id: UUID) -> None:
        async with translated_errors():
            result = await self.database.documents.delete_one({"id": str(document_id)})
        if result.deleted_count == 0:
            raise DocumentNotFound(f"There is no document {document_id}.")

    async def erase(self, document_id: UUID) -> None:
        async with translated_errors():
            await self.database.chunks.delete_many({"document_id": str(document_id)})
            await self.database.texts.delete_one({"_id": str(document_id)})

    async def add_note(self, note_id: UUID, document_ids: Sequence[UUID]) -> None:
        """See `Outbox`. Every write begins here, so the unique indexes that it relies on are created here."""
        await self.prepare()
        row = {"_id": str(note_id), "document_ids": [str(id) for id in document_ids], "at": datetime.now(UTC)}
        async with translated_errors():
            await self.database.outbox.insert_one(row)

    async def delete_note(self, note_id: UUID) -> None:
        async with translated_errors():
            await self.database.outbox.delete_one({"_id": str(note_id)})

    async def notes(self, older_than: timedelta) -> Mapping[UUID, Sequence[UUID]]:
        async with translated_errors():
            rows = await self.database.outbox.find({"at": {"$lte": datetime.now(UTC) - older_than}}).to_list(None)
        return {UUID(row["_id"]): [UUID(id) for id in row["document_ids"]] for row in rows}

    async def _commit(self, document: Document, replaces: UUID | None) -> Document:
        if replaces is None:
            await self.database.documents.insert_one({"_id": str(uuid4()), **document_row(document)})
            return document
        result = await self.database.documents.replace_one({"id": str(replaces)}, document_row(document))
        if result.matched_count == 0:
            raise DocumentNotFound(f"There is no document {replaces} to replace.")
        return document
