"""Admit a request of a tenant: its own rate, that of its key, and that its tokens of this minute are not in debt."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass

from api.services.limits.errors import LimitsUnavailable, RateLimited
from api.services.limits.known import KnownLimits
from api.services.limits.limits import Limits
from api.services.limits.rates import MINUTE, Bucket, Rate, RateLimiter, Taken
from api.services.limits.spending import Budgets, Spendable, Spending
from api.services.metrics.metrics import Metrics
from api.services.metrics.names import LIMITED
from api.services.tenants.callers import TenantCaller

REQUESTS, KEY, TOKENS = "requests", "key", "tokens"
SENTENCES = {
    REQUESTS: "This tenant may send {limit} requests a minute.",
    KEY: "One key may send {limit} requests a minute.",
    TOKENS: "This tenant may spend {limit} tokens a minute.",
}


@dataclass(frozen=True)
class Rates:
    """What holds for every tenant. `key_requests` and `tokens` are a minute; None: without a limit."""

    key_requests: int | None = None
    tokens: int | None = None


class RequestLimits:
    def __init__(
        self, known: KnownLimits, limiter: RateLimiter, budgets: Budgets, rates: Rates, metrics: Metrics
    ) -> None:
        self.known = known
        self.limiter = limiter
        self.budgets = budgets
        self.rates = rates
        self.metrics = metrics
        self.settling: set[asyncio.Task[None]] = set()

    async def settled(self) -> None:
        """Wait until everything that was reserved is settled."""
        if self.settling:
            await asyncio.wait(set(self.settling))

    async def admit(self, caller: TenantCaller) -> Spending:
        """What the request may spend. Its `rates` are what it took; without a limit no store is asked for any.

        Raises `LimitsUnavailable`.
        """
        try:
            limits = await self.known.of(caller)
        except LimitsUnavailable:
            self.metrics.count(LIMITED, limit="unreadable")
            raise
        no, rates = caller.tenant.no, self.rates
        allowed = Spendable(no, limits.tokens, rates.tokens, self.limiter, self.budgets, self.metrics)
        spending = Spending(allowed, self.settling)
        if buckets := self._buckets(caller, limits):
            await self._take(caller.tenant.no, buckets, spending)
        return spending

    def _buckets(self, caller: TenantCaller, limits: Limits) -> list[Bucket]:
        buckets = []
        if limits.requests is not None:
            buckets.append(Bucket(REQUESTS, limits.requests))
        if self.rates.key_requests is not None and caller.key_id is not None:
            buckets.append(Bucket(f"{KEY}:{caller.key_id}", self.rates.key_requests))
        if self.rates.tokens is not None:
            buckets.append(Bucket(TOKENS, self.rates.tokens, cost=0))
        return buckets

    async def _take(self, tenant_no: int, buckets: Sequence[Bucket], spending: Spending) -> None:
        none = next((index for index, bucket in enumerate(buckets) if bucket.limit == 0), None)
        taken = await self.limiter.take(tenant_no, buckets) if none is None else Taken((0,) * (none + 1), none, MINUTE)
        spending.rates = rates_of(buckets, taken)
        if taken.refused is not None:
            bucket = buckets[taken.refused]
            name = bucket.name.partition(":")[0]
            self.metrics.count(LIMITED, limit=name)
            spending.refused = refused(name, bucket.limit, taken.wait)


def refused(name: str, limit: int, wait: float) -> RateLimited:
    seconds = max(1, math.ceil(wait))
    return RateLimited(f"{SENTENCES[name].format(limit=f'{limit:,}')} Try again in {seconds} s.", seconds)


def rates_of(buckets: Sequence[Bucket], taken: Taken) -> list[Rate]:
    """Of the buckets that were looked at. The one that refused has nothing for `wait` seconds."""
    rates = []
    for index, (bucket, left) in enumerate(zip(buckets, taken.left, strict=False)):
        full = math.ceil((bucket.limit - left) * MINUTE / bucket.limit) if bucket.limit else MINUTE
        reset = max(1, math.ceil(taken.wait)) if index == taken.refused else full
        left = 0 if index == taken.refused else max(0, left)
        rates.append(Rate(bucket.name.partition(":")[0], bucket.limit, MINUTE, left, reset))
    return rates
