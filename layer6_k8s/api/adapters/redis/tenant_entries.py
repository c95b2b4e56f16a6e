"""What Redis holds of a tenant, deleted with it: the port `TenantEntries`."""

import logging
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.adapters.redis.cache import ORDER, PREFIX

AT_ONCE = 1_000
SECONDS = 5.0

logger = logging.getLogger("mystack.tenants")


class RedisTenantEntries:
    def __init__(self, url: str) -> None:
        self.redis: Any = Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)

    async def forget(self, tenant_no: int) -> None:
        """Delete its part of the cache and its token buckets. While Redis is away they stay until they expire."""
        try:
            for pattern in (f"{PREFIX}*:t:{tenant_no}:*", f"t:{{{tenant_no}}}:*"):
                async for key in self.redis.scan_iter(pattern, count=AT_ONCE):
                    await self.redis.unlink(key)
                    await self.redis.zrem(ORDER, key.removeprefix(PREFIX.encode()))
        except (RedisError, OSError) as error:
            logger.warning("cached entries of a deleted tenant stay until they expire: %r", error)

    async def close(self) -> None:
        await self.redis.aclose()
