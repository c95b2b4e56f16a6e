"""Token buckets in Redis: the port `RateLimiter`.

One script looks at all buckets of a request before it takes from any, by the clock of the server. A bucket is a hash
with the time (t, in ms) and the content (n); the tenant's number in braces keeps its buckets in one slot of a cluster.
"""

import time
from collections.abc import Sequence
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from api.services.limits.errors import RatesUnavailable
from api.services.limits.rates import Bucket, Taken

TAKE = """
local now = redis.call('TIME'); now = now[1] * 1000 + math.floor(now[2] / 1000)
local left, refused, wait = {}, 0, 0
for i, key in ipairs(KEYS) do
    local limit, cost = tonumber(ARGV[i * 2 - 1]), tonumber(ARGV[i * 2])
    local kept = redis.call('HMGET', key, 't', 'n')
    local per_ms = limit / 60000
    local n = math.min(limit, (tonumber(kept[2]) or limit) + (now - (tonumber(kept[1]) or now)) * per_ms)
    if n < cost then
        left[i] = math.floor(n)
        return {i, math.ceil((cost - n) / per_ms), unpack(left)}
    end
    left[i] = n - cost
end
for i, key in ipairs(KEYS) do
    local limit = tonumber(ARGV[i * 2 - 1])
    redis.call('HSET', key, 't', now, 'n', left[i])
    redis.call('PEXPIRE', key, math.max(1000, math.ceil((limit - left[i]) / limit * 60000) + 1000))
    left[i] = math.floor(left[i])
end
return {0, 0, unpack(left)}
"""
SECONDS = 0.1
"""Longest wait for Redis: an answer may take less than a tenth of a second."""
CONNECT_SECONDS = 0.5
"""Longest wait for a connection."""
CONNECTIONS = 8
"""A script takes less time than a connection: a burst waits for one of these instead of opening one each."""
PAUSE_SECONDS = 1.0
"""After an error Redis is not asked for so long, so that requests do not wait for one that is away."""


class RedisBuckets:
    """redis-py would try again for three seconds; here the first error counts."""

    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=CONNECT_SECONDS,
            socket_timeout=SECONDS,
            socket_connect_timeout=CONNECT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self.redis: Any = Redis.from_pool(pool)
        self._take = self.redis.register_script(TAKE)
        self._off_until = 0.0

    async def take(self, tenant_no: int, buckets: Sequence[Bucket]) -> Taken:
        """See `RateLimiter`."""
        if time.monotonic() < self._off_until:
            raise RatesUnavailable
        keys = [f"t:{{{tenant_no}}}:{bucket.name}" for bucket in buckets]
        values = [value for bucket in buckets for value in (bucket.limit, bucket.taken)]
        try:
            refused, wait, *left = await self._take(keys, values)
        except (RedisError, OSError) as error:
            self._off_until = time.monotonic() + PAUSE_SECONDS
            raise RatesUnavailable from error
        return Taken(tuple(left), refused - 1 if refused else None, wait / 1000)

    async def close(self) -> None:
        await self.redis.aclose()
