"""Who acts: a tenant, through one of its credentials, or the service itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from api.services.serving.authentication import Caller
from api.services.serving.context import current_caller

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")


@dataclass(frozen=True)
class Tenant:
    """A tenant. `no` is its number in every key of the database, and is never shown."""

    no: int
    id: UUID
    name: str


DEFAULT_TENANT = Tenant(1, UUID("00000000-0000-4000-8000-000000000001"), "default")
"""The only tenant of an installation without credentials. A database of layer 5 becomes its."""


@dataclass(frozen=True)
class TenantCaller(Caller):
    """A caller who acts for a tenant. `key_id` names the API key, if it was one."""

    tenant: Tenant
    scopes: frozenset[Scope] = frozenset(SCOPES)
    key_id: str | None = None


@dataclass(frozen=True)
class Bookkeeper(Caller):
    """The service itself: it sees the bookkeeping of all tenants (their jobs, keys and limits), and no content."""


EVERYONE = Bookkeeper("mystack")


@contextmanager
def acting_as(caller: Caller) -> Iterator[None]:
    """Inside, the database is asked in the name of `caller`."""
    token = current_caller.set(caller)
    try:
        yield
    finally:
        current_caller.reset(token)


def default_caller(name: str) -> TenantCaller:
    """The tenant `default`, with every scope."""
    return TenantCaller(name, DEFAULT_TENANT)
