"""The shapes of /models."""

from pydantic import BaseModel, ConfigDict


class ModelShape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    provider: str
    context_window: int
    default: bool


class ProviderShape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    provider: str
    reachable: bool
    reason: str | None


class ModelsResponse(BaseModel):
    models: list[ModelShape]
    default: str | None
    providers: list[ProviderShape]
