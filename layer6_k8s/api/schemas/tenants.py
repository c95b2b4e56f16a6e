"""The schemas of /admin."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas.examples import example
from api.schemas.text import Text
from api.services.tenants.accounts import Account, Changes, Quotas
from api.services.tenants.audit import Entry
from api.services.tenants.callers import Scope
from api.services.tenants.keys import NewKey

TENANT_ID = "5f0c8b1e-7d42-4a6f-9c35-2e8b7a1d6f90"
KEY_ID = "k3v9x0q2m7ab"
QUOTAS: dict[str, Any] = {
    "documents": 1000,
    "bytes": 1_000_000_000,
    "tokens_a_day": 2_000_000,
    "requests_a_minute": 600,
}
TENANT: dict[str, Any] = {
    "id": TENANT_ID,
    "name": "acme",
    "created_at": "2026-11-29T08:00:00Z",
    "suspended_at": None,
    "quotas": QUOTAS,
}
KEY: dict[str, Any] = {
    "id": KEY_ID,
    "name": "web site",
    "scopes": ["read", "write"],
    "created_at": "2026-11-29T08:00:00Z",
    "expires_at": None,
    "last_used_at": None,
}
ENTRY: dict[str, Any] = {
    "number": 2,
    "at": "2026-11-29T08:00:00Z",
    "actor": "operator",
    "action": "key.add",
    "tenant_id": TENANT_ID,
    "details": {"key": KEY_ID, "scopes": ["read", "write"]},
}
MOST = 10**15
TenantName = Annotated[
    str,
    Field(
        description="Unique; lower-case letters, digits, `.`, `_` and `-`.",
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
        min_length=1,
        max_length=63,
    ),
]
Limit = Annotated[int | None, Field(ge=0, le=MOST)]


class TenantQuotas(BaseModel):
    """What a tenant may have and use; null is unlimited."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, json_schema_extra=example(QUOTAS))

    documents: Annotated[Limit, Field(description="Documents at the same time.")] = None
    bytes: Annotated[Limit, Field(description="Bytes of documents at the same time.")] = None
    tokens_a_day: Annotated[Limit, Field(description="Tokens of language models, from midnight UTC on.")] = None
    requests_a_minute: Annotated[
        int | None, Field(description="Requests of all its credentials.", ge=0, le=2_000_000_000)
    ] = None


class NewTenantRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=example({"name": "acme", "quotas": QUOTAS}))

    name: TenantName
    quotas: TenantQuotas = TenantQuotas()

    def chosen(self) -> Quotas:
        return Quotas(**self.quotas.model_dump())


class TenantChangeRequest(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example({"suspended": True}))

    name: TenantName | None = None
    suspended: Annotated[bool | None, Field(description="Whether its credentials are refused; nothing is deleted.")] = (
        None
    )
    quotas: Annotated[
        TenantQuotas | None, Field(description="Only those that are named change; null is unlimited.")
    ] = None

    def changes(self) -> Changes:
        quotas = self.quotas.model_dump(exclude_unset=True) if self.quotas else None
        return Changes(self.name, self.suspended, quotas)


class TenantResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra=example(TENANT))

    id: UUID
    name: str
    created_at: datetime
    suspended_at: datetime | None
    quotas: TenantQuotas

    @classmethod
    def of(cls, account: Account) -> "TenantResponse":
        return cls(
            id=account.tenant.id,
            name=account.tenant.name,
            created_at=account.created_at,
            suspended_at=account.suspended_at,
            quotas=TenantQuotas.model_validate(account.quotas),
        )


class TenantList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"tenants": [TENANT], "next_cursor": None}))

    tenants: list[TenantResponse]
    next_cursor: str | None


class NewKeyRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=example({"name": "web site", "scopes": ["read"]}))

    name: Annotated[Text, Field(description="What the key is for.", min_length=1, max_length=100)]
    scopes: Annotated[
        list[Scope],
        Field(
            description="`read`: read and ask; `write`: change what is stored; `admin`: A/B tests, promotions, new "
            "embeddings. None includes another.",
            min_length=1,
            max_length=3,
        ),
    ] = ["read"]
    expires_at: Annotated[AwareDatetime | None, Field(description="When it ends; null is never.")] = None

    def chosen(self) -> NewKey:
        return NewKey(self.name, tuple(self.scopes), self.expires_at)


class KeyResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra=example(KEY))

    id: Annotated[str, Field(description="The part of the key behind `ms_`.")]
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: Annotated[datetime | None, Field(description="To the minute.")]


SECRET = f"ms_{KEY_ID}_…"


class MadeKeyResponse(KeyResponse):
    model_config = ConfigDict(from_attributes=True, json_schema_extra=example(KEY | {"key": SECRET}))

    key: Annotated[str, Field(description="The key itself. It is stored as a hash: nobody can show it again.")]


class KeyList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"keys": [KEY]}))

    keys: list[KeyResponse]


class AuditEntry(BaseModel):
    model_config = ConfigDict(json_schema_extra=example(ENTRY))

    number: int
    at: datetime
    actor: str
    action: str
    tenant_id: UUID | None
    details: Annotated[dict[str, Any], Field(description="What was done, without secrets and names.")]

    @classmethod
    def of(cls, entry: Entry) -> "AuditEntry":
        action = entry.action
        return cls(
            number=entry.number,
            at=entry.at,
            actor=action.actor,
            action=action.name,
            tenant_id=action.tenant_id,
            details=dict(action.details),
        )


class AuditList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"entries": [ENTRY], "next_before": None}))

    entries: list[AuditEntry]
    next_before: Annotated[int | None, Field(description="Pass it as `before` to get older entries.")]
