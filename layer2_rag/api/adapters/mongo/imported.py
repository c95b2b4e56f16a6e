"""The ids of imported documents, in MongoDB.

carried  {_id: document id}
"""

from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorDatabase

from api.adapters.mongo.rows import Row, translated_errors


class MongoImported:
    """The port `Imported`."""

    def __init__(self, database: "AsyncIOMotorDatabase[Row]") -> None:
        self.database = database

    async def ids(self) -> set[UUID]:
        async with translated_errors():
            return {UUID(row["_id"]) for row in await self.database.carried.find({}).to_list(None)}

    async def add(self, document_id: UUID) -> None:
        row = {"_id": str(document_id)}
        async with translated_errors():
            await self.database.carried.replace_one(row, row, upsert=True)
