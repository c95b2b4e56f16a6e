"""Rates by token buckets: a bucket holds a minute's worth, is refilled steadily, and a request takes from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

MINUTE = 60
DAY = 86_400


@dataclass(frozen=True)
class Bucket:
    """What to take from a bucket: `cost` of at most `limit`, which comes back within `MINUTE` seconds.

    `name` is unique within the tenant. A negative cost gives back. With a cost of 0 it is only asked whether the bucket
    is in debt.
    """

    name: str
    limit: int
    cost: float = 1

    @property
    def taken(self) -> float:
        """The cost; one that is larger than the bucket empties it."""
        return min(self.cost, self.limit)


@dataclass(frozen=True)
class Taken:
    """`left`: what is left in each bucket, in order. `refused`: the index of the one that had not enough; then nothing
    was taken from any of them, and it has enough in `wait` seconds."""

    left: tuple[int, ...]
    refused: int | None = None
    wait: float = 0.0


@dataclass(frozen=True)
class Rate:
    """A limit as the header RateLimit tells it: `left` of `limit`, whole again in `reset` seconds."""

    name: str
    limit: int
    window: int
    left: int
    reset: int


class RateLimiter(Protocol):
    async def take(self, tenant_no: int, buckets: Sequence[Bucket]) -> Taken:
        """Take from all of these buckets of a tenant, or from none. Raises `RatesUnavailable`."""
        ...
