"""The schemas of /dashboard/data."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.examples import example
from api.services.dashboards.panel import Kind, Unit

DATA: dict[str, Any] = {
    "name": "api",
    "title": "API",
    "description": "How much is asked of the service, how fast it answers, and what fails.",
    "dashboards": [{"name": "api", "title": "API"}, {"name": "rag", "title": "RAG"}],
    "source": "this service",
    "kept_seconds": 3600,
    "step_seconds": 5,
    "times": [1795000000, 1795000005],
    "panels": [
        {
            "title": "Requests",
            "description": "All requests per second.",
            "unit": "per second",
            "kind": "number",
            "empty": "No request came in this time.",
            "lines": [{"legend": "requests", "values": [None, 1.2]}],
        }
    ],
}


class LineResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    legend: str
    values: Annotated[list[float | None], Field(description="One for each of `times`; null where there is none.")]


class PanelResponse(BaseModel):
    title: str
    description: str
    unit: Unit
    kind: Annotated[Kind, Field(description="`number`: the latest value matters most.")]
    empty: Annotated[str, Field(description="What it means if there are no lines.")]
    lines: list[LineResponse]


class TabResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    title: str


class DashboardResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra=example(DATA))

    name: str
    title: str
    description: str
    dashboards: Annotated[list[TabResponse], Field(description="All dashboards.")]
    source: Annotated[str, Field(description="Where the values come from: `this service` or `Prometheus`.")]
    kept_seconds: Annotated[float | None, Field(description="How long values are kept; null if that is not known.")]
    step_seconds: float
    times: Annotated[list[float], Field(description="Unix times, in seconds.")]
    panels: list[PanelResponse]
