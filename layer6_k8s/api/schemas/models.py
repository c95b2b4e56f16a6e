"""The shapes of /models."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class ModelResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    provider: str
    context_window: int
    default: bool


class ProviderResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    provider: str
    reachable: bool
    reason: str | None


EXAMPLE: dict[str, Any] = {
    "models": [{"name": "llama3.2:latest", "provider": "ollama", "context_window": 16384, "default": True}],
    "default": "llama3.2:latest",
    "providers": [{"provider": "ollama", "reachable": True, "reason": None}],
}


class ModelsResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    models: list[ModelResponse]
    default: str | None
    providers: list[ProviderResponse]
