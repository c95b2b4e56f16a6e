"""Health: whether the process lives, whether the service is usable, and what is wrong."""

from typing import Any

from fastapi import APIRouter, Request

from api.errors import NotReady, Stopping
from api.schemas.health import HealthResponse, LiveResponse
from api.schemas.problem import problem_response
from api.services.serving.health import HealthService
from api.services.serving.shutdown import Shutdown

router = APIRouter(tags=["health"])
OPEN: dict[str, Any] = {"security": []}  # these need no API key


@router.get("/health", summary="The service and its dependencies", openapi_extra=OPEN)
async def health(request: Request) -> HealthResponse:
    """Always 200: `status` is `ok`, `degraded` or `down`; each dependency's `reason` says why and what to do."""
    service: HealthService = request.state.health
    return HealthResponse.model_validate(await service.report())


@router.get("/health/live", summary="Whether the process responds", openapi_extra=OPEN)
async def health_live() -> LiveResponse:
    """For supervisors that restart a hanging process; checks no dependency."""
    return LiveResponse()


@router.get(
    "/health/ready",
    summary="Whether the service is usable",
    responses={503: problem_response(503)},
    openapi_extra=OPEN,
)
async def health_ready(request: Request) -> HealthResponse:
    """For load balancers: 503 with the reasons while the service is unusable, otherwise the same as `/health`."""
    shutdown: Shutdown = request.state.shutdown
    if shutdown.begun:
        raise Stopping
    service: HealthService = request.state.health
    report = await service.report()
    if report.status == "down":
        reasons = "; ".join(f"{d.name}: {d.reason}" for d in report.dependencies if d.status == "down")
        raise NotReady(reasons)
    return HealthResponse.model_validate(report)
