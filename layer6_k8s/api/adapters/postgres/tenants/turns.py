"""Jobs are done as their tenant, and the tenants take turns: the port `WorkStore`."""

from api.adapters.postgres.archives.store import forget_expired
from api.adapters.postgres.jobs.work import PostgresWork
from api.adapters.postgres.tenants.database import TenantDatabase
from api.services.jobs.jobs import Claim
from api.services.serving.context import current_caller
from api.services.tenants.callers import EVERYONE, Tenant, TenantCaller, acting_as

# Single uploads go before batches, whoever's they are; among equals it is the turn of who has waited longest.
TURN = """
    UPDATE tenants SET served_at = clock_timestamp() WHERE no = (
        SELECT no FROM tenants, LATERAL (
            SELECT priority FROM jobs
            WHERE tenant_no = tenants.no AND state = 'queued' AND run_after <= now() AND (losses > 0) = %(alone)s
            ORDER BY priority LIMIT 1
        ) AS next ORDER BY priority, served_at LIMIT 1
    ) RETURNING no, id, name
"""
ATTEMPTS = 3
"""Another worker may take the last job of the tenant whose turn it is."""


class PostgresTurns(PostgresWork):
    database: TenantDatabase

    async def take_back(self) -> int:
        """See `Sweeping`. Archives that have expired are deleted on the same occasion."""
        await forget_expired(self.database)
        return await super().take_back()

    async def claim(self, lease: float, *, alone: bool = False) -> Claim | None:
        """See `WorkStore`. From then on this task acts as the tenant of the job."""
        for _ in range(ATTEMPTS):
            with acting_as(EVERYONE):
                async with self.database.transaction() as connection:
                    row = await (await connection.execute(TURN, {"alone": alone})).fetchone()
            if row is None:
                return None
            current_caller.set(TenantCaller("a job", Tenant(*row)))
            if claim := await super().claim(lease, alone=alone):
                return claim
        return None
