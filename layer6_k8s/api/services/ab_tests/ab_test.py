"""A/B tests, and the port to their store.

A test is immutable once it has begun: another split would move conversations from one arm to the other, and another
prompt would mix two treatments in one arm. It can only be stopped: by a person, by what it has found, by a guardrail.

    MyStackError
    ├── ABTestNotFound    404 ab_test_not_found
    └── ABTestRunning     409 ab_test_running
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from api.errors import MyStackError
from api.services.ab_tests.needed import Stop

Metric = Literal["feedback_positive"]
Unit = Literal["conversation"]
Guardrail = Literal[
    "latency_p95_ms",
    "refusal_rate",
    "unsupported_rate",
    "cost_per_answer",
]
Verdict = Literal["A", "B", "not decided"]


class ABTestNotFound(MyStackError):
    """There is no such A/B test. GET /models/ab-test lists all of them."""

    status = 404
    code = "ab_test_not_found"


class ABTestRunning(MyStackError):
    """An A/B test is running already. Stop it first: two at a time would need twice as many conversations each."""

    status = 409
    code = "ab_test_running"


@dataclass(frozen=True)
class Overrides:
    """What an arm may change, and nothing else; `None` keeps what the service is set to.

    What a request itself says, such as its `model`, goes before an override, as it goes before a setting.
    """

    model: str | None = None
    system_prompt: str | None = None
    top_k: int | None = None
    sparse_weight: float | None = None
    answer_threshold: float | None = None

    def given(self) -> dict[str, Any]:
        """Those that are not `None`."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None}


@dataclass(frozen=True)
class TestArm:
    """One of the two; `weight` is relative to the sum of both."""

    name: str
    weight: float
    overrides: Overrides

    __test__ = False  # pytest would collect it


@dataclass(frozen=True)
class ABTest:
    """A test. `arms`: A, what the other is compared with, and B. `horizon`: rated conversations that end it."""

    id: UUID
    name: str
    arms: tuple[TestArm, TestArm]
    unit: Unit
    metric: Metric
    guardrails: tuple[Guardrail, ...]
    horizon: int
    stop: Stop
    created_at: datetime
    stopped_at: datetime | None = None
    stopped_reason: str | None = None
    verdict: Verdict | None = None
    """What had been found when it was stopped."""

    @property
    def weights(self) -> tuple[float, float]:
        a, b = self.arms
        return a.weight, b.weight


@dataclass(frozen=True)
class Exposure:
    """An answer that was given in an arm, with what is known of it. `rating`: the last vote on it."""

    conversation: UUID
    arm: str
    latency_ms: float
    refused: bool
    claims: int
    unsupported: int
    cost: float | None
    rating: Literal["up", "down"] | None


Activity = tuple[int, int, datetime | None]
"""Answers, votes on them, and the time of the last vote."""


class ABTestStore(Protocol):
    """The stored tests and what happened in them. All methods raise `StoreUnavailable`."""

    async def add(self, test: ABTest) -> None:
        """Raises `ABTestRunning` if another one has not been stopped."""
        ...

    async def stop(self, id: UUID, reason: str, verdict: Verdict) -> bool:
        """False if it had been stopped, or does not exist."""
        ...

    async def get(self, id: UUID) -> ABTest | None: ...

    async def all(self) -> list[ABTest]:
        """Newest first."""
        ...

    async def running(self) -> ABTest | None: ...

    async def activity(self, test: ABTest) -> Activity:
        """Changes with every answer and vote of the test."""
        ...

    async def exposures(self, test: ABTest) -> list[Exposure]:
        """The answers of the test in the order in which they were given. Without those in conversations that are older
        than the test: they began under other conditions."""
        ...

    async def rate(self) -> float | None:
        """The share of positive votes among the last thousand; None if there is none."""
        ...


def arms_as_json(arms: Sequence[TestArm]) -> list[dict[str, Any]]:
    return [asdict(arm) | {"overrides": arm.overrides.given()} for arm in arms]


def arms_from_json(arms: Sequence[Mapping[str, Any]]) -> tuple[TestArm, TestArm]:
    a, b = (TestArm(arm["name"], arm["weight"], Overrides(**arm["overrides"])) for arm in arms)
    return a, b
