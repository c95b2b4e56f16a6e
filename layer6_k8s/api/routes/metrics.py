"""What Prometheus reads."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.schemas.problem import problem_response
from api.services.metrics.exposition import Exposition

router = APIRouter(tags=["metrics"])
TEXT = "# TYPE mystack_requests_running gauge\nmystack_requests_running 2.0\n"
FORMATS: dict[str, Any] = {
    "description": "All series.",
    "content": {"text/plain": {"example": TEXT}, "application/openmetrics-text": {"example": f"{TEXT}# EOF\n"}},
}


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={200: FORMATS, 404: problem_response(404)},
)
async def metrics(request: Request) -> Response:
    """In Prometheus' text format, or as OpenMetrics with exemplars if `Accept` asks for that."""
    exposition: Exposition = request.state.exposition
    text, content_type = await exposition.text(request.headers.get("accept", ""))
    return Response(text, headers={"Content-Type": content_type})
