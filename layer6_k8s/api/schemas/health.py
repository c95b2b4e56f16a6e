"""The shapes of /health, /health/live and /health/ready."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class DependencyResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    status: Literal["ok", "degraded", "down"]
    latency_ms: float
    reason: str


EXAMPLE: dict[str, Any] = {
    "status": "ok",
    "layer": 1,
    "name": "basic_api",
    "version": "1.0.0",
    "uptime_seconds": 86.2,
    "dependencies": [
        {"name": "language_model", "status": "ok", "latency_ms": 3.1, "reason": "ollama serves llama3.2:latest."}
    ],
}


class HealthResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    status: Literal["ok", "degraded", "down"]
    layer: int
    name: str
    version: str
    uptime_seconds: float
    dependencies: list[DependencyResponse]


class LiveResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: Annotated[Literal["ok"], Field(description="The process responds.")] = "ok"
