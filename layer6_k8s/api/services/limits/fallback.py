"""Buckets that all processes share, and each process's own while those are away."""

from collections.abc import Sequence

from api.services.limits.errors import LimitsUnavailable, RatesUnavailable
from api.services.limits.local import LocalBuckets
from api.services.limits.rates import Bucket, RateLimiter, Taken
from api.services.metrics.metrics import Metrics
from api.services.metrics.names import LIMITS_LOCAL


class SharedBuckets:
    """The port `RateLimiter`, over `shared`; while that is away, `local` allows this process its part."""

    def __init__(self, shared: RateLimiter, local: LocalBuckets, metrics: Metrics) -> None:
        self.shared = shared
        self.local = local
        self.metrics = metrics
        self.is_away = False

    async def take(self, tenant_no: int, buckets: Sequence[Bucket]) -> Taken:
        """See `RateLimiter`; it raises nothing."""
        try:
            taken = await self.shared.take(tenant_no, buckets)
        except RatesUnavailable:
            self._note(is_away=True)
            return await self.local.take(tenant_no, buckets)
        self._note(is_away=False)
        return taken

    async def check(self) -> str:
        """One sentence for /health. Raises `LimitsUnavailable` while each process counts for itself."""
        if self.is_away:
            raise LimitsUnavailable(
                f"Redis is away: each process allows 1/{self.local.pods} of the rates (PODS); quotas hold as before."
            )
        return "Rates are counted in Redis, for all processes together."

    def _note(self, *, is_away: bool) -> None:
        if is_away != self.is_away:
            self.is_away = is_away
            self.metrics.gauge(LIMITS_LOCAL, is_away)
