"""What the operator knows of tenants: their names, whether they are suspended, and their quotas."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from api.services.tenants.callers import Tenant


@dataclass(frozen=True)
class Quotas:
    """None is unlimited. Tokens are counted by the day, requests by the minute."""

    documents: int | None = None
    bytes: int | None = None
    tokens_a_day: int | None = None
    requests_a_minute: int | None = None


@dataclass(frozen=True)
class Account:
    """`epoch` rises whenever what was remembered of the tenant's credentials must be checked again."""

    tenant: Tenant
    created_at: datetime
    suspended_at: datetime | None
    epoch: int
    quotas: Quotas


@dataclass(frozen=True)
class Changes:
    """None leaves what is; `quotas` holds those that change, by the names of `Quotas`."""

    name: str | None = None
    suspended: bool | None = None
    quotas: Mapping[str, int | None] | None = None


class AccountFinder(Protocol):
    async def named(self, name: str) -> Account | None:
        """The tenant with this id or name."""
        ...


class AccountReader(Protocol):
    async def page(self, limit: int, after: str) -> list[Account]:
        """Tenants by name, from the one behind `after` on."""
        ...

    async def get(self, tenant_id: UUID) -> Account | None: ...


class AccountWriter(Protocol):
    """Each method also writes the audit log, in its transaction."""

    async def add(self, name: str, quotas: Quotas, actor: str) -> Account:
        """Raises `TenantExists`."""
        ...

    async def change(self, tenant_id: UUID, changes: Changes, actor: str) -> Account | None:
        """The tenant as it is now; None if there is none. Raises `TenantExists`."""
        ...

    async def delete(self, tenant_id: UUID, actor: str) -> int | None:
        """Delete a suspended tenant with everything that it owns, after its open jobs were cancelled.

        Returns its number, or None if there is no such tenant.
        """
        ...
