"""Tenants in PostgreSQL: the ports `AccountFinder`, `AccountReader` and `AccountWriter`."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID, uuid4

import psycopg

from api.adapters.postgres.database import Connection, Database
from api.adapters.postgres.tenants.audit import write
from api.services.tenants.accounts import Account, Changes, Quotas
from api.services.tenants.audit import Action
from api.services.tenants.callers import EVERYONE, Tenant, acting_as
from api.services.tenants.errors import TenantExists

QUOTAS = "documents_quota, bytes_quota, tokens_quota, requests_quota"
ACCOUNT = f"no, id, name, created_at, suspended_at, epoch, {QUOTAS}"
NAMED = f"SELECT {ACCOUNT} FROM tenants WHERE id::text = %(name)s OR name = %(name)s ORDER BY name = %(name)s LIMIT 1"
PAGE = f"SELECT {ACCOUNT} FROM tenants WHERE name > %s ORDER BY name LIMIT %s"
ONE = f"SELECT {ACCOUNT} FROM tenants WHERE id = %s"
ADD = f"""
    INSERT INTO tenants (id, name, {QUOTAS}) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (name) DO NOTHING RETURNING {ACCOUNT}
"""
CHANGE = f"""
    UPDATE tenants SET name = %s, ({QUOTAS}) = (%s, %s, %s, %s), epoch = epoch + 1,
        suspended_at = CASE WHEN %s THEN coalesce(suspended_at, now()) END
    WHERE id = %s RETURNING {ACCOUNT}
"""
CANCEL_JOBS = """
    UPDATE jobs SET state = 'cancelled', finished_at = now(), token = NULL, lease_until = NULL
    WHERE tenant_no = (SELECT no FROM tenants WHERE id = %s) AND state IN ('queued', 'running')
"""
HOLD_JOBS = """
    UPDATE jobs SET state = 'queued', stage = 'queued', attempts = attempts - (state = 'running')::int, token = NULL,
        lease_until = NULL, published_at = NULL
    WHERE tenant_no = %s AND state IN ('queued', 'running') AND kind <> 'export'
"""
"""Workers see within seconds that a job is no longer theirs. The trigger `hold_job` lets it wait."""
RESUME_JOBS = """
    UPDATE jobs SET run_after = now(), published_at = NULL
    WHERE tenant_no = %s AND state = 'queued' AND run_after = 'infinity'
"""
DELETE = "DELETE FROM tenants WHERE id = %s RETURNING no"


class PostgresTenants:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def named(self, name: str) -> Account | None:
        """See `AccountFinder`."""
        return await self._one(NAMED, {"name": name})

    async def get(self, tenant_id: UUID) -> Account | None:
        return await self._one(ONE, [tenant_id])

    async def page(self, limit: int, after: str) -> list[Account]:
        """See `AccountReader`."""
        with acting_as(EVERYONE):
            return [account_from(row) for row in await self.database.rows(PAGE, [after, limit])]

    async def add(self, name: str, quotas: Quotas, actor: str) -> Account:
        """See `AccountWriter`."""
        with acting_as(EVERYONE):
            async with self.database.transaction() as connection:
                account = await add_account(connection, name, quotas)
                await write(connection, Action(actor, "tenant.add", account.tenant.id, {"quotas": asdict(quotas)}))
        return account

    async def change(self, tenant_id: UUID, changes: Changes, actor: str) -> Account | None:
        """See `AccountWriter`."""
        with acting_as(EVERYONE):
            async with self.database.transaction() as connection:
                row = await (await connection.execute(f"{ONE} FOR UPDATE", [tenant_id])).fetchone()
                if row is None:
                    return None
                values = _changed(account_from(row), changes)
                try:
                    row = await (await connection.execute(CHANGE, [*values, tenant_id])).fetchone()
                except psycopg.errors.UniqueViolation:
                    raise TenantExists from None
                if changes.suspended is not None and row:
                    await connection.execute(HOLD_JOBS if changes.suspended else RESUME_JOBS, [row[0]])
                await write(connection, Action(actor, "tenant.change", tenant_id, _details(changes)))
        return account_from(row) if row else None

    async def delete(self, tenant_id: UUID, actor: str) -> int | None:
        """See `AccountWriter`. Jobs are cancelled first, in a transaction of their own: workers see it before long."""
        with acting_as(EVERYONE):
            async with self.database.transaction() as connection:
                await connection.execute(CANCEL_JOBS, [tenant_id])
            async with self.database.transaction() as connection:
                deleted = await (await connection.execute(DELETE, [tenant_id])).fetchone()
                if deleted is None:
                    return None
                await write(connection, Action(actor, "tenant.delete", tenant_id))
        return int(deleted[0])

    async def _one(self, query: Any, values: Any) -> Account | None:
        with acting_as(EVERYONE):
            rows = await self.database.rows(query, values)
        return account_from(rows[0]) if rows else None


async def add_account(connection: Connection, name: str, quotas: Quotas) -> Account:
    """In the transaction of the bookkeeping. Raises `TenantExists`."""
    values = [uuid4(), name, *asdict(quotas).values()]
    row = await (await connection.execute(ADD, values)).fetchone()
    if row is None:
        raise TenantExists
    return account_from(row)


def account_from(row: Sequence[Any]) -> Account:
    """From the columns of `ACCOUNT`."""
    no, tenant_id, name, created_at, suspended_at, epoch, *quotas = row
    return Account(Tenant(no, tenant_id, name), created_at, suspended_at, epoch, Quotas(*quotas))


def _changed(account: Account, changes: Changes) -> list[Any]:
    """The values of `CHANGE`."""
    quotas = replace(account.quotas, **changes.quotas or {})
    suspended = account.suspended_at is not None if changes.suspended is None else changes.suspended
    return [changes.name or account.tenant.name, *asdict(quotas).values(), suspended]


def _details(changes: Changes) -> dict[str, Any]:
    """What was changed; of the name only that it was."""
    details: dict[str, Any] = {"renamed": True} if changes.name else {}
    details |= {"suspended": changes.suspended} if changes.suspended is not None else {}
    return details | ({"quotas": dict(changes.quotas)} if changes.quotas else {})
