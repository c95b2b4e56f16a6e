"""The audit log in PostgreSQL: the port `AuditLog`. Other adapters write to it in the transactions of the actions."""

from uuid import UUID

from psycopg.types.json import Json

from api.adapters.postgres.database import Connection, Database
from api.services.tenants.audit import Action, Entry
from api.services.tenants.callers import EVERYONE, acting_as

INSERT = "INSERT INTO audit_log (actor, action, tenant_id, details) VALUES (%s, %s, %s, %s)"
PAGE = """
    SELECT number, at, actor, action, tenant_id, details FROM audit_log
    WHERE (%(before)s::bigint IS NULL OR number < %(before)s) AND (%(tenant)s::uuid IS NULL OR tenant_id = %(tenant)s)
    ORDER BY number DESC LIMIT %(limit)s
"""


class PostgresAudit:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def note(self, action: Action) -> None:
        """An action without a transaction of its own."""
        with acting_as(EVERYONE):
            async with self.database.transaction() as connection:
                await write(connection, action)

    async def page(self, limit: int, before: int | None, tenant_id: UUID | None) -> list[Entry]:
        with acting_as(EVERYONE):
            rows = await self.database.rows(PAGE, {"before": before, "tenant": tenant_id, "limit": limit})
        return [Entry(number, at, Action(*action)) for number, at, *action in rows]


async def write(connection: Connection, action: Action) -> None:
    """Note an action, in its own transaction."""
    await connection.execute(INSERT, [action.actor, action.name, action.tenant_id, Json(dict(action.details))])
