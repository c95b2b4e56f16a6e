"""What a request says about its answer, at /chat as at /v1/chat/completions."""

from typing import Annotated

from pydantic import BaseModel, Field

from api.schemas.numbers import JsonNumber
from api.schemas.text import Text


class TurnFields(BaseModel):
    """A turn has fields of the same names."""

    model: Annotated[
        Text | None,
        Field(max_length=200, description="A model of GET /models; without it, the default model."),
    ] = None
    temperature: Annotated[float | None, Field(ge=0, le=2), JsonNumber] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=1_000_000), JsonNumber] = None
