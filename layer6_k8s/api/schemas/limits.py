"""The response of GET /limits."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.examples import example

REPORT: dict[str, Any] = {
    "day": "2026-11-28",
    "requests_a_minute": 600,
    "key_requests_a_minute": 120,
    "tokens_a_minute": None,
    "tokens_a_day": {"limit": 1_000_000, "used": 52_000, "reserved": 1_400},
    "documents": {"limit": 10_000, "used": 812},
    "bytes": {"limit": None, "used": 91_204_551},
}
Limit = Annotated[int | None, Field(description="null: without a limit.")]


class Quota(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    limit: Limit
    used: int


class TokenQuota(Quota):
    reserved: Annotated[int, Field(description="For answers that are being written; what they do not need comes back.")]


class LimitsResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra=example(REPORT))

    day: Annotated[date, Field(description="The day of `tokens_a_day`, in UTC.")]
    requests_a_minute: Limit
    key_requests_a_minute: Limit
    tokens_a_minute: Limit
    tokens_a_day: TokenQuota
    documents: Quota
    bytes: Quota
