"""GET /dashboard: a page with live numbers, and what it draws."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from api.schemas.dashboards import DashboardResponse, LineResponse, PanelResponse, TabResponse
from api.schemas.problem import problems
from api.services.dashboards.service import DashboardService, Drawn, DrawnPanel

PAGE = Path(__file__).parents[1] / "web" / "dashboard" / "index.html"
LONGEST_MINUTES = 7 * 24 * 60

router = APIRouter(tags=["dashboard"])


@router.get("/dashboard", include_in_schema=False)
async def dashboard_page() -> FileResponse:
    return FileResponse(PAGE)


@router.get("/dashboard/data", summary="The values of a dashboard", responses=problems(404, 422, 503, body=False))
async def dashboard_data(
    request: Request,
    name: Annotated[str, Query(max_length=20, description="api, rag, system or costs.")] = "api",
    minutes: Annotated[int, Query(ge=1, le=LONGEST_MINUTES, description="How far back.")] = 15,
) -> DashboardResponse:
    """What /dashboard draws: from Prometheus if PROMETHEUS_URL is set, else the last hour of this process."""
    service: DashboardService = request.state.dashboards
    drawn = await service.draw(name, minutes)
    return _response(drawn, [TabResponse.model_validate(each) for each in service.dashboards])


def _response(drawn: Drawn, tabs: list[TabResponse]) -> DashboardResponse:
    return DashboardResponse(
        name=drawn.dashboard.name,
        title=drawn.dashboard.title,
        description=drawn.dashboard.description,
        dashboards=tabs,
        source=drawn.source,
        kept_seconds=drawn.kept,
        step_seconds=drawn.grid.step,
        times=drawn.grid.times,
        panels=[_panel(each) for each in drawn.panels],
    )


def _panel(drawn: DrawnPanel) -> PanelResponse:
    panel = drawn.panel
    return PanelResponse(
        title=panel.title,
        description=panel.description,
        unit=panel.unit,
        kind=panel.kind,
        empty=panel.empty,
        lines=[LineResponse.model_validate(line) for line in drawn.lines],
    )
