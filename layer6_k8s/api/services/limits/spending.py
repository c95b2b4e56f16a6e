"""What one request spends: tokens are reserved before a model writes, and settled with the count when it has ended.

The estimate is the prompt's and the longest answer's, so what is reserved is nearly always more than what is spent. A
process that dies leaves its reservations: they count as spent until nobody has renewed them for a while.
"""

import asyncio
import logging
import math
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from uuid import UUID

from api.errors import MyStackError
from api.services.documents.store import StoreUnavailable
from api.services.limits.errors import LimitsUnavailable, QuotaExceeded, RateLimited
from api.services.limits.rates import DAY, MINUTE, Bucket, Rate, RateLimiter
from api.services.metrics.metrics import Metrics
from api.services.metrics.names import LIMITED

SETTLE_SECONDS = 2.0
"""Longest time that an answer waits until it is settled; then that goes on in the background."""

logger = logging.getLogger("mystack.limits")


@dataclass(frozen=True)
class Reservation:
    """Tokens of a day (UTC) that are kept for one answer."""

    id: UUID
    day: date
    tokens: int


@dataclass(frozen=True)
class Budget:
    """The tenant's tokens of a day (UTC). `reservation`: what was asked for, if it is reserved now."""

    day: date
    quota: int | None
    left: int
    reservation: Reservation | None = None


class Budgets(Protocol):
    """Tokens a day of the tenant that acts. Both methods raise `StoreUnavailable`."""

    async def reserve(self, tokens: int) -> Budget:
        """Reserve so many tokens of today, if there are so many left."""
        ...

    async def settle(self, reservation: Reservation, prompt: int, completion: int) -> None:
        """Replace a reservation by what was spent. One that was given back meanwhile is not given back again."""
        ...


@dataclass(frozen=True)
class Spendable:
    """Tokens that a tenant may spend, `a_day` and `a_minute` (None: without a limit), and who keeps count."""

    tenant_no: int
    a_day: int | None
    a_minute: int | None
    limiter: RateLimiter
    budgets: Budgets
    metrics: Metrics


class Spending:
    """The tokens of one request. `rates`: what to tell the client; `refused`: why it is not admitted at all.

    `settling`: where tasks are kept that settle in the background.
    """

    def __init__(self, allowed: Spendable, settling: set[asyncio.Task[None]]) -> None:
        self.allowed = allowed
        self.settling = settling
        self.rates: list[Rate] = []
        self.refused: MyStackError | None = None
        self.reserved = self.prompt = self.completion = 0
        self._reservations: list[Reservation] = []

    @property
    def is_limited(self) -> bool:
        return self.allowed.a_day is not None or self.allowed.a_minute is not None

    async def ensure(self, tokens: int) -> None:
        """Have so many tokens reserved beyond those that are spent.

        Raises `QuotaExceeded`, `RateLimited`, and `LimitsUnavailable`; then nothing more is reserved.
        """
        more = tokens - (self.reserved - self.prompt - self.completion)
        if not self.is_limited or more <= 0:
            return
        await self._of_the_minute(more)
        try:
            await self._of_the_day(more)
        except BaseException:
            await self._give_back(more)
            raise
        self.reserved += more

    def spend(self, prompt: int, completion: int) -> None:
        self.prompt += max(0, prompt)
        self.completion += max(0, completion)

    async def settle(self) -> None:
        """When an answer has ended, however it did. What cannot be settled stays reserved."""
        if self.reserved == 0:
            return
        settling = asyncio.create_task(self._settle(self.reserved, self.prompt, self.completion, self._reservations))
        self.reserved = self.prompt = self.completion = 0
        self._reservations = []
        self.settling.add(settling)  # the event loop alone would not keep it alive
        settling.add_done_callback(self.settling.discard)
        await asyncio.wait({settling}, timeout=SETTLE_SECONDS)  # it goes on if this task is cancelled

    async def _settle(self, reserved: int, prompt: int, completion: int, made: Sequence[Reservation]) -> None:
        await self._give_back(reserved - prompt - completion)
        for each in made:
            try:
                await self.allowed.budgets.settle(each, prompt, completion)
            except StoreUnavailable as error:
                logger.warning("%d tokens stay reserved until the end of %s: %s", each.tokens, each.day, error.detail)
            prompt = completion = 0

    async def _of_the_minute(self, tokens: int) -> None:
        if self.allowed.a_minute is None:
            return
        bucket = Bucket("tokens", self.allowed.a_minute, tokens)
        taken = await self.allowed.limiter.take(self.allowed.tenant_no, [bucket])
        if taken.refused is not None:
            self.allowed.metrics.count(LIMITED, limit="tokens")
            seconds = max(1, math.ceil(taken.wait))
            self._tell(Rate("tokens", self.allowed.a_minute, MINUTE, max(0, taken.left[0]), seconds))
            raise RateLimited(
                f"This tenant may spend {self.allowed.a_minute:,} tokens a minute. Try again in {seconds} s.", seconds
            )

    async def _give_back(self, tokens: int) -> None:
        """A negative number takes: it was more than estimated."""
        if self.allowed.a_minute is not None and tokens:
            await self.allowed.limiter.take(self.allowed.tenant_no, [Bucket("tokens", self.allowed.a_minute, -tokens)])

    async def _of_the_day(self, tokens: int) -> None:
        if self.allowed.a_day is None:
            return
        try:
            budget = await self.allowed.budgets.reserve(tokens)
        except StoreUnavailable as error:
            self.allowed.metrics.count(LIMITED, limit="unreadable")
            raise LimitsUnavailable from error
        if budget.reservation:
            self._reservations.append(budget.reservation)
        seconds = seconds_left(budget.day)
        if budget.quota is not None:
            self._tell(Rate("tokens-a-day", budget.quota, DAY, max(0, budget.left), seconds))
        if budget.reservation is None:
            self.allowed.metrics.count(LIMITED, limit="tokens-a-day")
            raise QuotaExceeded(
                f"This tenant may spend {budget.quota or 0:,} tokens a day, and {max(0, budget.left):,} are left: this "
                f"request may need {tokens:,}. The next day begins in {seconds} s (UTC).",
                seconds,
            )

    def _tell(self, rate: Rate) -> None:
        self.rates = [each for each in self.rates if each.name != rate.name] + [rate]


def seconds_left(day: date) -> int:
    """Until the end of that day in UTC."""
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    return max(1, math.ceil((end - datetime.now(UTC)).total_seconds()))


current_spending: ContextVar[Spending | None] = ContextVar("spending", default=None)
"""That of the request; None where nobody counts. The tasks of a request share it."""
