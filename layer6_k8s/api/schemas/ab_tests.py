"""The schemas of /models/ab-test."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.ab_test_reports import REPORT, ABTestReport
from api.schemas.examples import example
from api.schemas.numbers import JsonNumber
from api.schemas.text import Text
from api.services.ab_tests.ab_test import ABTest, Guardrail, Metric, Overrides, TestArm, Unit, Verdict
from api.services.ab_tests.needed import Stop
from api.services.ab_tests.report import Report
from api.services.ab_tests.service import Needed

NEW: dict[str, Any] = {
    "name": "shorter prompt",
    "arms": [
        {"name": "champion", "weight": 1, "overrides": {}},
        {"name": "shorter", "weight": 1, "overrides": {"system_prompt": "Answer in one sentence.", "top_k": 3}},
    ],
    "unit": "conversation",
    "metric": "feedback_positive",
    "guardrails": ["latency_p95_ms", "refusal_rate"],
    "horizon": 5000,
    "stop": "sequential",
}
EXAMPLE_ID = "5b0f6c1e-2f4d-4a7b-9a3c-8e1d7f6a5b40"
TEST: dict[str, Any] = NEW | {
    "id": EXAMPLE_ID,
    "created_at": "2026-11-28T07:00:00Z",
    "stopped_at": None,
    "stopped_reason": None,
    "verdict": None,
}
NEEDED: dict[str, Any] = {
    "conversations": 5470,
    "difference": 0.05,
    "rate": 0.7,
    "notice": "The horizon is smaller: a difference of .05 may not be found.",
}
SMALLEST = 0.001
"""A difference of the rates that is smaller needs more conversations than any service has."""


class OverridesBody(BaseModel):
    """What an arm may change; any other name is refused."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    model: Annotated[Text | None, Field(max_length=200, description="A model of GET /models.")] = None
    system_prompt: Annotated[Text | None, Field(min_length=1, max_length=20_000)] = None
    top_k: Annotated[int | None, Field(ge=1, le=50), JsonNumber] = None
    sparse_weight: Annotated[
        float | None,
        Field(ge=0, le=1, description="The cosine that equals one point of BM25; by default 0.02."),
        JsonNumber,
    ] = None
    answer_threshold: Annotated[
        float | None,
        Field(ge=0, le=1, description="The lowest confidence that is answered; by default 0.5."),
        JsonNumber,
    ] = None


class ArmBody(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)

    name: Annotated[Text, Field(min_length=1, max_length=100)]
    weight: Annotated[float, Field(ge=0.001, le=1_000, description="Relative to the sum of both."), JsonNumber] = 1.0
    overrides: OverridesBody = OverridesBody()


class NewABTestRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=example(NEW))

    name: Annotated[Text, Field(min_length=1, max_length=200)]
    arms: Annotated[
        list[ArmBody],
        Field(min_length=2, max_length=2, description="A, what the other is compared with; then B."),
    ]
    unit: Unit = "conversation"
    metric: Metric = "feedback_positive"
    guardrails: Annotated[
        list[Guardrail],
        Field(max_length=10, description="If B is worse than A in one of these, the test is stopped."),
    ] = ["latency_p95_ms", "refusal_rate"]
    horizon: Annotated[
        int,
        Field(ge=1, le=100_000, description="Conversations with feedback, of both arms, that end the test."),
        JsonNumber,
    ]
    stop: Annotated[
        Stop,
        Field(description="`sequential`: as soon as it is decided. `fixed`: one look, at the horizon."),
    ] = "sequential"
    smallest_difference: Annotated[
        float,
        Field(ge=SMALLEST, le=1, description="Of the rates, that matters: only for `needed` in the answer."),
        JsonNumber,
    ] = 0.05

    @model_validator(mode="after")
    def _two_arms(self) -> Self:
        a, b = self.arms
        if a.name == b.name or a.overrides == b.overrides:
            raise ValueError("the arms must differ in their names and in their overrides")
        return self

    def test(self, id: UUID, created_at: datetime) -> ABTest:
        a, b = (TestArm(arm.name, arm.weight, Overrides(**arm.overrides.model_dump())) for arm in self.arms)
        rails = tuple(dict.fromkeys(self.guardrails))
        return ABTest(id, self.name, (a, b), self.unit, self.metric, rails, self.horizon, self.stop, created_at)


class StopRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=example({"state": "stopped", "reason": "enough"}))

    state: Annotated[Literal["stopped"], Field(description="A test is immutable but for this.")]
    reason: Annotated[Text, Field(min_length=1, max_length=1_000)] = "stopped by request"


class NeededResponse(BaseModel):
    """How many conversations with feedback the test needs."""

    conversations: Annotated[int, Field(description="Of both arms, to find the difference in 80 % of tests.")]
    difference: float
    rate: Annotated[float, Field(description="Of positive votes: that of the last votes, or .7 without any.")]
    notice: Annotated[str | None, Field(description="What to think about before waiting for an answer.")]

    @classmethod
    def of(cls, needed: Needed, horizon: int) -> Self:
        small = f"The horizon is smaller: a difference of {needed.difference:g} may not be found."
        notice = small if horizon < needed.conversations else None
        return cls(conversations=needed.conversations, difference=needed.difference, rate=needed.rate, notice=notice)


class ABTestResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra=example(TEST))

    id: UUID
    name: str
    arms: list[ArmBody]
    unit: Unit
    metric: Metric
    guardrails: list[Guardrail]
    horizon: int
    stop: Stop
    created_at: datetime
    stopped_at: datetime | None
    stopped_reason: Annotated[str | None, Field(description="Who or what stopped it, with its numbers.")]
    verdict: Annotated[Verdict | None, Field(description="What had been found when it was stopped.")]


class BegunABTestResponse(ABTestResponse):
    model_config = ConfigDict(json_schema_extra=example(TEST | {"needed": NEEDED}))

    needed: NeededResponse

    @classmethod
    def begun(cls, test: ABTest, needed: Needed) -> Self:
        return cls(**dict(ABTestResponse.model_validate(test)), needed=NeededResponse.of(needed, test.horizon))


class ABTestList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"tests": [TEST]}))

    tests: list[ABTestResponse]


class ABTestDetails(BegunABTestResponse):
    model_config = ConfigDict(json_schema_extra=example(TEST | {"needed": NEEDED, "report": REPORT}))

    report: ABTestReport

    @classmethod
    def reported(cls, test: ABTest, needed: Needed, found: Report) -> Self:
        return cls(**dict(BegunABTestResponse.begun(test, needed)), report=ABTestReport.of(found))
