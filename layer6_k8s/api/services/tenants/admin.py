"""What the operator does with tenants and their keys."""

from dataclasses import replace
from typing import Protocol
from uuid import UUID

from api.services.tenants.accounts import Account, AccountReader, AccountWriter, Changes, Quotas
from api.services.tenants.audit import AuditLog, Entry
from api.services.tenants.authentication import TenantAuthenticator
from api.services.tenants.callers import DEFAULT_TENANT
from api.services.tenants.errors import DefaultTenantStays, KeyNotFound, TenantNotFound
from api.services.tenants.keys import ApiKey, KeyStore, NewKey, hashed, make_key


class TenantEntries(Protocol):
    async def forget(self, tenant_no: int) -> None:
        """Delete what is kept of a tenant outside of the database. It must not fail."""
        ...


class TenantAdmin:
    """Every change is in the audit log, with `actor`, and holds at once in this process; in others within 5 seconds."""

    def __init__(
        self,
        reader: AccountReader,
        writer: AccountWriter,
        keys: KeyStore,
        audit: AuditLog,
        authenticator: TenantAuthenticator,
        entries: TenantEntries | None = None,
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.keys = keys
        self.audit = audit
        self.authenticator = authenticator
        self.outside = entries

    async def add(self, name: str, quotas: Quotas, actor: str) -> Account:
        """Raises `TenantExists`."""
        return await self.writer.add(name, quotas, actor)

    async def page(self, limit: int, after: str) -> list[Account]:
        return await self.reader.page(limit, after)

    async def get(self, tenant_id: UUID) -> Account:
        """Raises `TenantNotFound`."""
        return _there(await self.reader.get(tenant_id))

    async def change(self, tenant_id: UUID, changes: Changes, actor: str) -> Account:
        """Raises `TenantNotFound`, `TenantExists` and `DefaultTenantStays`."""
        if tenant_id == DEFAULT_TENANT.id and changes.name not in (None, DEFAULT_TENANT.name):
            raise DefaultTenantStays
        account = _there(await self.writer.change(tenant_id, changes, actor))
        self.authenticator.forget()
        return account

    async def delete(self, tenant_id: UUID, actor: str) -> None:
        """Suspend the tenant, then cancel its jobs and delete it. Raises `TenantNotFound` and `DefaultTenantStays`."""
        if tenant_id == DEFAULT_TENANT.id:
            raise DefaultTenantStays
        await self.change(tenant_id, Changes(suspended=True), actor)
        tenant_no = await self.writer.delete(tenant_id, actor)
        self.authenticator.forget()
        if self.outside and tenant_no is not None:
            await self.outside.forget(tenant_no)

    async def add_key(self, tenant_id: UUID, new: NewKey, actor: str) -> tuple[ApiKey, str]:
        """The key, and its text, which is shown this once. Raises `TenantNotFound`."""
        key_id, text = make_key()
        scopes = tuple(dict.fromkeys(new.scopes))
        key = await self.keys.add(tenant_id, key_id, hashed(text), replace(new, scopes=scopes), actor)
        if key is None:
            raise TenantNotFound
        self.authenticator.sign_in.begin()
        return key, text

    async def keys_of(self, tenant_id: UUID) -> list[ApiKey]:
        """Raises `TenantNotFound`."""
        await self.get(tenant_id)
        return await self.keys.of(tenant_id)

    async def revoke(self, tenant_id: UUID, key_id: str, actor: str) -> None:
        """Raises `KeyNotFound`."""
        if not await self.keys.revoke(tenant_id, key_id, actor):
            raise KeyNotFound
        self.authenticator.forget()

    async def entries(self, limit: int, before: int | None, tenant_id: UUID | None) -> list[Entry]:
        return await self.audit.page(limit, before, tenant_id)


def _there(account: Account | None) -> Account:
    if account is None:
        raise TenantNotFound
    return account
