"""What was used, and what it cost."""

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from pydantic.json_schema import SkipJsonSchema

from api.schemas.problem import problems
from api.schemas.usage_report import UsageOfDay, UsageOfModel, UsageOfRoute, UsageReportResponse, UsageTotals
from api.services.usage.service import UsageService

router = APIRouter(tags=["usage"])


def _written_day(value: object) -> object:
    """Pydantic would read a number as seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("must be a day such as 2026-11-28")
    return value


Day = Annotated[date, BeforeValidator(_written_day)]


@router.get(
    "/usage",
    summary="Answers, tokens, cost and feedback by day, model and route",
    responses=problems(422, 503, body=False),
)
async def get_usage(
    request: Request,
    first: Annotated[
        Day | SkipJsonSchema[None],
        Query(
            alias="from", description="The first day, in UTC; by default 29 days before `to`.", examples=["2026-11-01"]
        ),
    ] = None,
    last: Annotated[
        Day | SkipJsonSchema[None],
        Query(alias="to", description="The last day, in UTC; by default today.", examples=["2026-11-28"]),
    ] = None,
) -> UsageReportResponse:
    """At most 366 days. Each answer keeps the cost that it had when it was given."""
    service: UsageService = request.state.usage
    report = await service.report(first, last)
    return UsageReportResponse(
        **{"from": report.first, "to": report.last},
        currency=report.currency,
        prices=report.prices,
        total=UsageTotals.model_validate(report.used.total),
        days=[UsageOfDay.model_validate(one) for one in report.used.days],
        models=[UsageOfModel.model_validate(one) for one in report.used.models],
        routes=[UsageOfRoute.model_validate(one) for one in report.used.routes],
    )
