"""The tenants, for work that is done for each of them: the port `Directory`."""

from uuid import UUID

from api.adapters.postgres.database import Database
from api.services.tenants.callers import EVERYONE, Tenant, acting_as

ACTIVE = "SELECT no, id, name FROM tenants WHERE suspended_at IS NULL ORDER BY no"
ALL = "SELECT no, id, name FROM tenants ORDER BY no"
TESTING = """
    SELECT DISTINCT no, tenants.id, tenants.name FROM tenants JOIN ab_tests ON tenant_no = no WHERE stopped_at IS NULL
"""
OF_SOURCE = "SELECT no, tenants.id, name FROM tenants JOIN sources ON tenant_no = no WHERE sources.id = %s"


class PostgresDirectory:
    """The port `Directory`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def active(self) -> list[Tenant]:
        with acting_as(EVERYONE):
            return [Tenant(*row) for row in await self.database.rows(ACTIVE)]

    async def all(self) -> list[Tenant]:
        with acting_as(EVERYONE):
            return [Tenant(*row) for row in await self.database.rows(ALL)]

    async def testing(self) -> list[Tenant]:
        """Those of which an A/B test runs."""
        with acting_as(EVERYONE):
            return [Tenant(*row) for row in await self.database.rows(TESTING)]

    async def of_source(self, id: UUID) -> Tenant | None:
        with acting_as(EVERYONE):
            rows = await self.database.rows(OF_SOURCE, [id])
        return Tenant(*rows[0]) if rows else None
