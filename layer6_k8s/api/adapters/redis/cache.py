"""The cache in Redis: the port `Cache`.

Redis also carries the messages to the workers and must not evict them, so the cache bounds itself: entries expire, and
beyond a number of them the oldest go.
"""

import time
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

PREFIX = "mystack:cache:"
ORDER = f"{PREFIX}order"
MOST_ENTRIES = 20_000
MOST_BYTES = 100_000
"""A longer value is not kept."""
SECONDS = 0.25
"""Longest wait for Redis: to compute an answer takes less than a slow cache."""
PAUSE_SECONDS = 5.0
"""After an error the cache is off for so long, so that requests do not wait for a Redis that is away."""


class RedisCache:
    """`kept_seconds`: how long an entry is kept."""

    def __init__(self, url: str, kept_seconds: int, most_entries: int = MOST_ENTRIES) -> None:
        self.redis: Any = Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
        self.kept_seconds = kept_seconds
        self.most_entries = most_entries
        self.hits = self.asked = 0
        self._off_until = 0.0

    async def get(self, key: str) -> bytes | None:
        if self._is_off():
            return None
        self.asked += 1
        try:
            found: bytes | None = await self.redis.get(PREFIX + key)
        except (RedisError, OSError):
            self._pause()
            return None
        self.hits += found is not None
        return found

    async def put(self, key: str, value: bytes) -> None:
        if self._is_off() or len(value) > MOST_BYTES:
            return
        try:
            async with self.redis.pipeline(transaction=False) as pipeline:
                pipeline.set(PREFIX + key, value, ex=self.kept_seconds)
                pipeline.zadd(ORDER, {key: time.time()})
                pipeline.zcard(ORDER)
                *_, entries = await pipeline.execute()
            if entries > self.most_entries:
                oldest = await self.redis.zrange(ORDER, 0, entries - self.most_entries - 1)
                await self.redis.zrem(ORDER, *oldest)
                await self.redis.delete(*(PREFIX.encode() + key for key in oldest))
        except (RedisError, OSError):
            self._pause()

    async def check(self) -> str:
        """One sentence for /health."""
        if self._is_off():
            return "Redis is away, so nothing is cached; everything else works."
        return f"{self.hits} of {self.asked} lookups were hits since the start."

    async def close(self) -> None:
        await self.redis.aclose()

    def _is_off(self) -> bool:
        return time.monotonic() < self._off_until

    def _pause(self) -> None:
        self._off_until = time.monotonic() + PAUSE_SECONDS
