"""The tables of tenants, their keys and limits; and `tenant_no` in the tables of all earlier layers.

The rule is that of `ownership.py`, here for the models, with which the migrations are compared. The models' classes do
not change: what the service sends reaches a view that has no `tenant_no`.
"""

import importlib
import pkgutil
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DDL,
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlmodel import Field

from api.adapters.postgres import schema
from api.adapters.postgres.schema.document_tables import Row
from api.adapters.postgres.tenants.ownership import ALSO_UNIQUE, SHARED, SHARED_INDEXES, THIS_TENANT

NOW = text("now()")
THIS = text("this_tenant()")

for module in pkgutil.iter_modules(schema.__path__, f"{schema.__name__}."):
    if module.name.endswith("_tables"):  # the tables of all earlier layers, before they become the tenants'
        importlib.import_module(module.name)
EARLIER = [table for table in Row.metadata.sorted_tables if table.name not in SHARED]


def _tenant_column(*, reference: bool = False) -> Any:
    keys = [ForeignKey("tenants.no", ondelete="CASCADE")] if reference else []
    return Column("tenant_no", Integer, *keys, nullable=False, server_default=THIS)


class TenantRow(Row, table=True):
    """A tenant. `no` is in every key of its rows. A quota that is NULL is no limit."""

    __tablename__ = "tenants"
    __table_args__ = (
        UniqueConstraint("id"),
        UniqueConstraint("name"),
        CheckConstraint("name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'", name="name"),
        CheckConstraint("least(documents_quota, bytes_quota, tokens_quota, requests_quota) >= 0", name="quotas"),
    )

    no: int = Field(sa_column=Column(Integer, Identity(), primary_key=True))
    id: UUID
    name: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=NOW))
    suspended_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    """Grows when a credential is revoked, so that what was remembered of it ends."""
    served_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=NOW))
    """When its last job began: among jobs of the same priority, the tenant that has waited longest is next."""
    documents_quota: int | None = Field(sa_type=BigInteger)
    bytes_quota: int | None = Field(sa_type=BigInteger)
    tokens_quota: int | None = Field(sa_type=BigInteger)
    """A day."""
    requests_quota: int | None
    """A minute."""


class ApiKeyRow(Row, table=True):
    """A key: what is stored is the SHA-256 of its secret."""

    __tablename__ = "api_keys"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_no", "id"),
        UniqueConstraint("id"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("scopes <@ ARRAY['read', 'write', 'admin']", name="scopes"),
    )

    tenant_no: int = Field(sa_column=_tenant_column(reference=True))
    id: str = Field(sa_column=Column(Text, nullable=False))
    name: str = Field(sa_type=Text)
    sha256: str = Field(sa_type=Text)
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=NOW))
    expires_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    last_used_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))


class UsageRow(Row, table=True):
    """The tokens of a tenant on a day (UTC): counted, and reserved for answers that are being written."""

    __tablename__ = "usage"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_no", "day"),
        CheckConstraint("least(prompt, completion, reserved) >= 0", name="tokens"),
    )

    tenant_no: int = Field(sa_column=_tenant_column(reference=True))
    day: date = Field(sa_column=Column(Date, nullable=False))
    prompt: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    completion: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    reserved: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))


class ReservationRow(Row, table=True):
    """Tokens that `UsageRow` counts as reserved, for one answer. When the lease is over they are given back."""

    __tablename__ = "reservations"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_no", "id"),
        ForeignKeyConstraint(["tenant_no", "day"], ["usage.tenant_no", "usage.day"], ondelete="CASCADE"),
        CheckConstraint("tokens > 0", name="tokens"),
    )

    tenant_no: int = Field(sa_column=_tenant_column())
    id: UUID
    day: date = Field(sa_column=Column(Date, nullable=False))
    tokens: int = Field(sa_column=Column(BigInteger, nullable=False))
    until: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    """The end of the lease."""


class AuditRow(Row, table=True):
    """What an administrator did. It stays when the tenant is deleted."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("audit_log_tenant_id_number_idx", "tenant_id", text("number DESC")),)

    number: int = Field(sa_column=Column(BigInteger, Identity(), primary_key=True))
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=NOW))
    actor: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    tenant_id: UUID | None
    details: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


def _own(table: Table) -> None:
    """Put the tenant in front of every key and index of a table."""
    keys = [key for key in table.constraints if isinstance(key, UniqueConstraint | PrimaryKeyConstraint)]
    foreign = [key for key in table.constraints if isinstance(key, ForeignKeyConstraint)]
    indexes = list(table.indexes)
    table.append_column(_tenant_column())
    for key in [*keys, *foreign]:
        table.constraints.discard(key)
    for column in table.columns:
        table.foreign_keys.difference_update(column.foreign_keys)
        column.foreign_keys.clear()
        column.primary_key = False  # its new constraint says it again
    for key in keys:
        _rekey(table, key)
    for key in foreign:
        _refer(table, key)
    if all(_parent(key) in SHARED or _is_optional(key) for key in foreign):
        table.append_constraint(ForeignKeyConstraint(["tenant_no"], ["tenants.no"], ondelete="CASCADE"))
    for index in indexes:
        if index.dialect_options["postgresql"]["using"] != "gin" and index.name not in SHARED_INDEXES:
            table.indexes.discard(index)
            _reindex(table, index)
    if table.name in ALSO_UNIQUE:
        columns = ALSO_UNIQUE[table.name].split(", ")
        table.append_constraint(UniqueConstraint(*columns, name=f"{table.name}_alone_key"))


def _rekey(table: Table, key: UniqueConstraint | PrimaryKeyConstraint) -> None:
    names = ["tenant_no", *key.columns.keys()]
    if isinstance(key, PrimaryKeyConstraint):
        include = key.dialect_options["postgresql"].get("include")
        table.append_constraint(PrimaryKeyConstraint(*names, name=_name(key), postgresql_include=include))
    else:
        table.append_constraint(UniqueConstraint(*names, name=_name(key)))


def _name(key: UniqueConstraint | PrimaryKeyConstraint) -> str | None:
    return None if key.name is None else str(key.name)


def _refer(table: Table, key: ForeignKeyConstraint) -> None:
    parent, columns = _parent(key), key.column_keys
    targets = [element.target_fullname for element in key.elements]
    ondelete = key.ondelete
    if parent not in SHARED:
        ondelete = f"SET NULL ({', '.join(columns)})" if ondelete == "SET NULL" else ondelete
        columns, targets = ["tenant_no", *columns], [f"{parent}.tenant_no", *targets]
    table.append_constraint(ForeignKeyConstraint(columns, targets, name=key.name, ondelete=ondelete))


def _reindex(table: Table, index: Index) -> None:
    where = index.dialect_options["postgresql"]["where"]
    distinct = index.dialect_options["postgresql"]["nulls_not_distinct"]
    expressions: Iterable[Any] = index.expressions
    table.append_constraint(
        Index(
            index.name,
            table.c.tenant_no,
            *expressions,
            unique=index.unique,
            postgresql_where=where,
            postgresql_nulls_not_distinct=distinct,
        )
    )


def _parent(key: ForeignKeyConstraint) -> str:
    return key.elements[0].target_fullname.partition(".")[0]


def _is_optional(key: ForeignKeyConstraint) -> bool:
    return any(column.nullable for column in key.columns)


for earlier in EARLIER:
    _own(earlier)
event.listen(Row.metadata, "before_create", DDL(THIS_TENANT.replace("%", "%%")))  # type: ignore[no-untyped-call]
