"""What the caller's tenant may use."""

from fastapi import APIRouter, Request

from api.schemas.limits import LimitsResponse, Quota, TokenQuota
from api.schemas.problem import problems
from api.services.limits.service import LimitService

router = APIRouter(tags=["limits"])


@router.get(
    "/limits",
    summary="The limits of this tenant, and what is used of them",
    responses=problems(503, body=False),
)
async def get_limits(request: Request) -> LimitsResponse:
    """A limit that is null does not exist. Only what language models write counts as tokens: quotes cost none."""
    service: LimitService = request.state.tenant_limits
    report = await service.report()
    limits, used = report.limits, report.used
    return LimitsResponse(
        day=used.day,
        requests_a_minute=limits.requests,
        key_requests_a_minute=report.rates.key_requests,
        tokens_a_minute=report.rates.tokens,
        tokens_a_day=TokenQuota(limit=limits.tokens, used=used.tokens, reserved=used.reserved),
        documents=Quota(limit=limits.documents, used=used.documents),
        bytes=Quota(limit=limits.bytes, used=used.bytes),
    )
