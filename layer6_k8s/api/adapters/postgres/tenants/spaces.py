"""Embedding spaces are the installation's; no index over all tenants' vectors belongs to them.

Such an index returns the nearest vectors of all tenants, of which row-level security leaves 1 or 2 of 10. A tenant's
vectors are compared one by one, which is exact and takes 1.5 ms for a thousand.
"""

from api.adapters.postgres.search.spaces import INSERT_FIRST, Spaces
from api.services.embedding.embeddings import Space


class SpacesWithoutIndex(Spaces):
    async def _insert_first(self, space: Space) -> None:
        name, path = (self.model.name, self.model.path) if self.model else (None, None)
        async with self.database.transaction() as connection:
            await connection.execute(INSERT_FIRST, [space.name, space.dimension, name, path])
