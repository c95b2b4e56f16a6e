"""The response of GET /usage."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.examples import example

TOTALS: dict[str, Any] = {
    "requests": 40,
    "prompt_tokens": 52_000,
    "completion_tokens": 6_100,
    "total_tokens": 58_100,
    "cost": 0.01146,
    "unpriced": 0,
    "up": 5,
    "down": 1,
    "feedback_share": 0.15,
}
REPORT: dict[str, Any] = {
    "from": "2026-10-30",
    "to": "2026-11-28",
    "currency": "USD",
    "prices": "2026-11-28",
    "total": TOTALS,
    "days": [TOTALS | {"day": "2026-11-28"}],
    "models": [TOTALS | {"provider": "openai", "model": "gpt-4o-mini"}],
    "routes": [TOTALS | {"route": "/chat/stream"}],
}


class UsageTotals(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    requests: Annotated[int, Field(description="Complete answers; a request with `n` above 1 has several.")]
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost: Annotated[
        float | None, Field(description="Of the answers with a known cost; null if there are answers and none has one.")
    ]
    unpriced: Annotated[int, Field(description="Answers of models without a known price: `cost` leaves them out.")]
    up: int
    down: int
    feedback_share: Annotated[float, Field(description="The share of the answers that somebody rated.")]


class UsageOfDay(UsageTotals):
    day: Annotated[date, Field(description="In UTC.")]


class UsageOfModel(UsageTotals):
    provider: str
    model: str


class UsageOfRoute(UsageTotals):
    route: Annotated[str, Field(description="Such as `/chat`; `-` for an answer outside of a request.")]


class UsageReportResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra=example(REPORT))

    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="to", description="The last day, which is part of the period.")]
    currency: str
    prices: Annotated[str, Field(description="The version of the prices that new answers get.")]
    total: UsageTotals
    days: Annotated[list[UsageOfDay], Field(description="In order; without days that had no answer.")]
    models: list[UsageOfModel]
    routes: list[UsageOfRoute]
