"""What was used: answers, tokens, cost and feedback, by day, model and route.

MyStackError
└── InvalidPeriod    422 invalid_period
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from api.errors import MyStackError
from api.services.serving.clock import now
from api.services.usage.prices import Prices

DEFAULT_DAYS = 30
MOST_DAYS = 366


class InvalidPeriod(MyStackError):
    """`from` must not be after `to`, and the period may have at most 366 days."""

    status = 422
    code = "invalid_period"


@dataclass(frozen=True)
class Totals:
    """`unpriced` answers have no known cost, and are not part of `cost`. `up` and `down` count the feedback."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    priced_cost: float = 0.0
    unpriced: int = 0
    up: int = 0
    down: int = 0

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    @property
    def cost(self) -> float | None:
        """None if no answer has a known cost."""
        return None if self.requests and self.unpriced == self.requests else self.priced_cost

    @property
    def feedback_share(self) -> float:
        """The share of the answers that somebody rated."""
        return (self.up + self.down) / self.requests if self.requests else 0.0


@dataclass(frozen=True)
class DayTotals(Totals):
    day: date = field(kw_only=True)


@dataclass(frozen=True)
class ModelTotals(Totals):
    provider: str = field(kw_only=True)
    model: str = field(kw_only=True)


@dataclass(frozen=True)
class RouteTotals(Totals):
    route: str = field(kw_only=True)


@dataclass(frozen=True)
class Used:
    """The same answers counted in four ways. Days without an answer are left out."""

    total: Totals
    days: Sequence[DayTotals]
    models: Sequence[ModelTotals]
    routes: Sequence[RouteTotals]


@dataclass(frozen=True)
class UsageReport:
    """`last` is part of the period. `prices`: the version of the prices that new answers get."""

    first: date
    last: date
    currency: str
    prices: str
    used: Used


class UsageStore(Protocol):
    async def between(self, first: date, last: date) -> Used:
        """Of these days in UTC, both included. Raises `StoreUnavailable`."""
        ...


class UsageService:
    def __init__(self, store: UsageStore, prices: Prices) -> None:
        self.store = store
        self.prices = prices

    async def report(self, first: date | None, last: date | None) -> UsageReport:
        """By default the last 30 days, today included. Raises `InvalidPeriod` and `StoreUnavailable`."""
        last = last or now().date()
        first = first or date.fromordinal(max(1, last.toordinal() - DEFAULT_DAYS + 1))
        if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
            raise InvalidPeriod
        return UsageReport(
            first, last, self.prices.currency, self.prices.version, await self.store.between(first, last)
        )
