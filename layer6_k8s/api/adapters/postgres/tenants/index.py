"""Search with the index of a large tenant, if it has one.

The index is partial, over the vectors of one tenant in one space. The planner uses it only for a statement that says
`tenant_no = 42` literally: a parameter or the policy could be any tenant's when the plan is made.
"""

import time
from dataclasses import dataclass

from api.adapters.postgres.database import Database
from api.adapters.postgres.search.index import PostgresIndex
from api.adapters.postgres.search.reembedding import VALID
from api.adapters.postgres.search.spaces import Spaces
from api.adapters.postgres.tenants.indexes import index_of
from api.services.embedding.embeddings import SpaceSource
from api.services.serving.context import current_caller
from api.services.tenants.callers import TenantCaller

LOOK_SECONDS = 60.0
"""A new index is used so late at most. A statement for one that is gone compares the vectors one by one."""
OF_TENANT = "(SELECT * FROM public.embeddings WHERE tenant_no = {no}) AS embeddings"


@dataclass(frozen=True)
class _Looked:
    at: float
    exists: bool


class TenantIndex(PostgresIndex):
    """The port `Index`."""

    def __init__(self, database: Database, spaces: Spaces, space: SpaceSource) -> None:
        super().__init__(database, spaces, space)
        self._looked: dict[tuple[int, int], _Looked] = {}

    async def indexed(self, space_id: int) -> str:
        """See `PostgresIndex`."""
        caller = current_caller.get()
        if isinstance(caller, TenantCaller) and await self._exists(space_id, caller.tenant.no):
            return OF_TENANT.format(no=int(caller.tenant.no))
        return await super().indexed(space_id)

    async def _exists(self, space_id: int, tenant_no: int) -> bool:
        """Whether there is an index, as of the last look."""
        looked = self._looked.get((space_id, tenant_no))
        if looked is None or time.monotonic() - looked.at > LOOK_SECONDS:
            rows = await self.database.rows(VALID, [f"public.{index_of(space_id, tenant_no)}"])
            looked = self._looked[space_id, tenant_no] = _Looked(time.monotonic(), rows == [(True,)])
        return looked.exists
