"""Buckets in this process: the port `RateLimiter`, where there is no Redis or while it is away."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from api.services.limits.rates import MINUTE, Bucket, Taken

MOST_BUCKETS = 20_000
"""Beyond that the ones that were not used for longest are forgotten, which makes them full."""


class LocalBuckets:
    """`pods`: processes that share each limit. Each allows its part, rounded up, so that a small limit allows some."""

    def __init__(self, pods: int = 1, *, most: int = MOST_BUCKETS, clock: Callable[[], float] = time.monotonic) -> None:
        self.pods = pods
        self.most = most
        self.clock = clock
        self._buckets: OrderedDict[tuple[int, str], tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    async def take(self, tenant_no: int, buckets: Sequence[Bucket]) -> Taken:
        """See `RateLimiter`. Nothing is awaited, so that no other request comes between."""
        now = self.clock()
        held: list[float] = []
        for index, bucket in enumerate(buckets):
            limit = -(-bucket.limit // self.pods)
            cost, per_second = min(bucket.cost, limit), limit / MINUTE
            content = self._content(tenant_no, bucket.name, limit, now)
            if content < cost:
                return Taken((*(int(left) for left in held), int(content)), index, (cost - content) / per_second)
            held.append(content - cost)
        for bucket, left in zip(buckets, held, strict=True):
            self._put(tenant_no, bucket.name, now, left)
        return Taken(tuple(int(left) for left in held))

    def _content(self, tenant_no: int, name: str, limit: int, now: float) -> float:
        then, left = self._buckets.get((tenant_no, name), (now, float(limit)))
        return min(limit, left + (now - then) * limit / MINUTE)

    def _put(self, tenant_no: int, name: str, now: float, left: float) -> None:
        self._buckets[tenant_no, name] = (now, left)
        self._buckets.move_to_end((tenant_no, name))
        while len(self._buckets) > self.most:
            self._buckets.popitem(last=False)
