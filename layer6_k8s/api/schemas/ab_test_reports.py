"""The schemas of what an A/B test has found."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.examples import example
from api.services.ab_tests.ab_test import Guardrail, Verdict
from api.services.ab_tests.report import ArmReport, Report

REPORT: dict[str, Any] = {
    "arms": [
        {"name": "champion", "conversations": 812, "answers": 1604, "n": 95, "rate": 0.71, "feedback_share": 0.09},
        {"name": "shorter", "conversations": 790, "answers": 1570, "n": 101, "rate": 0.74, "feedback_share": 0.08},
    ],
    "difference": {"value": 0.03, "low": -0.19, "high": 0.25},
    "p": 1.0,
    "sample_ratio_p": 0.58,
    "void": False,
    "guardrails": [{"name": "refusal_rate", "a": 0.04, "b": 0.05, "p": 1.0, "broken": False}],
    "verdict": "not decided",
}


class ArmReportResponse(BaseModel):
    name: str
    conversations: int
    answers: int
    n: Annotated[int, Field(description="Conversations with feedback.")]
    rate: Annotated[float | None, Field(description="The mean over these of their share of positive votes.")]
    feedback_share: Annotated[
        float | None,
        Field(description="The share of answers with feedback. Who votes is not who reads: compare this of the arms."),
    ]

    @classmethod
    def of(cls, arm: ArmReport) -> Self:
        return cls(
            name=arm.arm.name,
            conversations=arm.conversations,
            answers=arm.answers,
            n=arm.rated,
            rate=arm.rate,
            feedback_share=arm.feedback_share,
        )


class DifferenceResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    value: Annotated[float, Field(description="The rate of B minus that of A.")]
    low: Annotated[float, Field(description="The true difference is between `low` and `high`, at every look, in 95 %.")]
    high: float


class GuardrailResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: Guardrail
    a: float | None
    b: float | None
    p: Annotated[float, Field(description="Of “B is not worse”, always valid.")]
    broken: Annotated[bool, Field(description="B is worse than is allowed, and it is not chance: the test stops.")]


class ABTestReport(BaseModel):
    model_config = ConfigDict(json_schema_extra=example(REPORT))

    arms: list[ArmReportResponse]
    difference: DifferenceResponse | None
    p: Annotated[float, Field(description="Of no difference; valid however often it is looked at.")]
    sample_ratio_p: Annotated[
        float, Field(description="Of the arms' shares of conversations; below .001 something loses answers of one arm.")
    ]
    void: Annotated[bool, Field(description="Nothing can be concluded, because of the sample ratio.")]
    guardrails: list[GuardrailResponse]
    verdict: Annotated[Verdict, Field(description="The better arm; usually, and rightly, it is not decided.")]

    @classmethod
    def of(cls, found: Report) -> Self:
        return cls(
            arms=[ArmReportResponse.of(found.a), ArmReportResponse.of(found.b)],
            difference=DifferenceResponse.model_validate(found.difference) if found.difference else None,
            p=found.p,
            sample_ratio_p=found.sample_ratio_p,
            void=found.void,
            guardrails=[GuardrailResponse.model_validate(state) for state in found.guardrails],
            verdict=found.verdict,
        )
