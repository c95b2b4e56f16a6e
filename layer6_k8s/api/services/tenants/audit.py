"""The audit log: what the operator did. It outlives a tenant, so no entry contains a name or a text of a tenant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True)
class Action:
    """`details` names no secret."""

    actor: str
    name: str
    tenant_id: UUID | None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    number: int
    at: datetime
    action: Action


class AuditLog(Protocol):
    async def page(self, limit: int, before: int | None, tenant_id: UUID | None) -> list[Entry]:
        """The newest entries first, older than number `before`."""
        ...
