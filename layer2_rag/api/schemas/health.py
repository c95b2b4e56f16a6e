"""The shapes of /health, /health/live and /health/ready."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class DependencyShape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    status: Literal["ok", "degraded", "down"]
    latency_ms: float
    reason: str


class HealthResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    status: Literal["ok", "degraded", "down"]
    layer: int
    name: str
    version: str
    uptime_seconds: float
    dependencies: list[DependencyShape]


class LiveResponse(BaseModel):
    status: Annotated[Literal["ok"], Field(description="The process answers.")] = "ok"
