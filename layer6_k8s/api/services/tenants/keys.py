"""API keys: `ms_<id>_<secret>`. The secret has 256 bits, so SHA-256 is enough to store it by; nobody can guess it."""

import hashlib
import re
import secrets
import string
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from api.services.documents.store import StoreUnavailable
from api.services.tenants.callers import Scope, Tenant, TenantCaller
from api.services.tenants.errors import CredentialRefused, TenantSuspended
from api.services.tenants.remembered import Remembered

FORM = re.compile(r"ms_([a-z0-9]{12})_[A-Za-z0-9_-]{43}")
ID_CHARACTERS = string.ascii_lowercase + string.digits
SECRET_BYTES = 32
REMEMBERED_SECONDS = 5.0
"""How long another process may still accept a key that was revoked."""
USE_SECONDS = 60.0
"""The last use of a key is written at most so often."""


@dataclass(frozen=True)
class ApiKey:
    """A key as the operator sees it, without its secret."""

    id: str
    name: str
    scopes: Sequence[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True)
class NewKey:
    name: str
    scopes: Sequence[Scope]
    expires_at: datetime | None = None


@dataclass(frozen=True)
class FoundKey:
    """A valid key and whose it is. `seconds_left`: until it expires. `unused_seconds`: since its last written use."""

    id: str
    tenant: Tenant
    scopes: frozenset[Scope]
    suspended: bool
    seconds_left: float | None
    unused_seconds: float | None


class KeyFinder(Protocol):
    async def find(self, key_id: str, sha256: str) -> FoundKey | None:
        """The key, unless it has expired or been revoked."""
        ...

    async def used(self, key_id: str) -> None: ...

    async def any(self) -> bool:
        """Whether any tenant has a key."""
        ...


class KeyStore(Protocol):
    """The keys of a tenant. Adding and revoking also write the audit log."""

    async def add(self, tenant_id: UUID, key_id: str, sha256: str, new: NewKey, actor: str) -> ApiKey | None:
        """None if there is no such tenant."""
        ...

    async def of(self, tenant_id: UUID) -> list[ApiKey]: ...

    async def revoke(self, tenant_id: UUID, key_id: str, actor: str) -> bool: ...


def make_key() -> tuple[str, str]:
    """The id of a new key, and the whole key."""
    key_id = "".join(secrets.choice(ID_CHARACTERS) for _ in range(12))
    return key_id, f"ms_{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class KeyCallers:
    """Who calls with an API key."""

    def __init__(self, finder: KeyFinder) -> None:
        self.finder = finder
        self.remembered: Remembered[TenantCaller] = Remembered()

    async def caller(self, given: str) -> TenantCaller:
        """Raises `CredentialRefused`, `TenantSuspended` and `StoreUnavailable`."""
        form = FORM.fullmatch(given)
        if form is None:
            raise CredentialRefused
        sha256 = hashed(given)
        return self.remembered.get(sha256) or await self._found(form[1], sha256)

    async def _found(self, key_id: str, sha256: str) -> TenantCaller:
        key = await self.finder.find(key_id, sha256)
        if key is None:
            raise CredentialRefused
        if key.suspended:
            raise TenantSuspended
        if key.unused_seconds is None or key.unused_seconds > USE_SECONDS:
            with suppress(StoreUnavailable):  # it was found: that it cannot be noted is no reason to refuse it
                await self.finder.used(key_id)
        caller = TenantCaller(f"key {key_id}", key.tenant, key.scopes, key_id)
        left = REMEMBERED_SECONDS if key.seconds_left is None else min(REMEMBERED_SECONDS, key.seconds_left)
        self.remembered.put(sha256, caller, left)
        return caller
