"""A cache of which each tenant has a part of its own."""

from api.services.caching.cache import Cache
from api.services.serving.context import current_caller
from api.services.tenants.callers import TenantCaller


class SeparateCache:
    """The port `Cache`. Without a tenant nothing is found, and nothing is kept."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache

    async def get(self, key: str) -> bytes | None:
        own = own_key(key)
        return await self.cache.get(own) if own else None

    async def put(self, key: str, value: bytes) -> None:
        if own := own_key(key):
            await self.cache.put(own, value)


def own_key(key: str) -> str | None:
    """`answer:5f2c…` of the tenant 7 becomes `answer:t:7:5f2c…`."""
    caller = current_caller.get()
    if not isinstance(caller, TenantCaller):
        return None
    kind, _, rest = key.partition(":")
    return f"{kind}:t:{caller.tenant.no}:{rest}"
