"""The limits of tenants, remembered for a few seconds: no request waits for them that needs no other row."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from api.services.documents.store import StoreUnavailable
from api.services.limits.errors import LimitsUnavailable
from api.services.limits.limits import UNLIMITED, Limits, LimitStore
from api.services.tenants.callers import DEFAULT_TENANT, TenantCaller

SECONDS = 5.0
"""How long limits are remembered; a changed limit is heeded after that."""
READ_SECONDS = 1.0
"""Longest wait for PostgreSQL."""
PAUSE_SECONDS = 2.0
"""After an error the store is not asked for so long."""
MOST_TENANTS = 10_000


@dataclass
class _Entry:
    limits: Limits | None = None
    until: float = 0.0
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


class KnownLimits:
    """While PostgreSQL is away, the limits that were read last hold. `seconds`: how long they are remembered."""

    def __init__(self, store: LimitStore, *, seconds: float = SECONDS) -> None:
        self.store = store
        self.seconds = seconds
        self._entries: OrderedDict[int, _Entry] = OrderedDict()

    async def of(self, caller: TenantCaller) -> Limits:
        """Raises `LimitsUnavailable` if they were never read and cannot be read now."""
        entry = self._entry(caller.tenant.no)
        if time.monotonic() >= entry.until and not (entry.limits and entry.reading.locked()):
            async with entry.reading:
                if time.monotonic() >= entry.until:
                    await self._read(entry)
        if entry.limits is not None:
            return entry.limits
        if needs_no_limit(caller):
            return UNLIMITED
        raise LimitsUnavailable

    def _entry(self, tenant_no: int) -> _Entry:
        entry = self._entries.setdefault(tenant_no, _Entry())
        self._entries.move_to_end(tenant_no)
        if len(self._entries) > MOST_TENANTS:
            self._entries.popitem(last=False)
        return entry

    async def _read(self, entry: _Entry) -> None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                entry.limits = await self.store.limits()
            entry.until = time.monotonic() + self.seconds
        except (StoreUnavailable, TimeoutError):
            entry.until = time.monotonic() + PAUSE_SECONDS


def needs_no_limit(caller: TenantCaller) -> bool:
    """Whether it is the tenant `default` without a key in the database, as everybody is without credentials: what needs
    no database, such as a question to a model, is answered without one."""
    return caller.tenant == DEFAULT_TENANT and caller.key_id is None
