"""Import of documents for one tenant: no index belongs to its space."""

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.transfer import CREATE_NOTES, PostgresTransfer
from api.adapters.postgres.tenants.spaces import SpacesWithoutIndex


class TenantTransfer(PostgresTransfer):
    """The port `ImportTarget`. Its notes are in a schema that it makes, so it acts as the owner of the tables."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.spaces = self.store.spaces = self.index.spaces = SpacesWithoutIndex(database)

    async def begin(self) -> None:
        """See `PostgresTransfer`."""
        await self.spaces.active(await self.space())
        async with self.database.transaction() as connection:
            await connection.execute(CREATE_NOTES)

    async def finish(self) -> None:
        """Update the planner's statistics."""
        async with self.database.transaction() as connection:
            for table in ("documents", "chunks", "postings", "embeddings"):
                await connection.execute(f"ANALYZE public.{table}".encode())
