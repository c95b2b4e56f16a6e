"""The shape of every error, RFC 9457."""

from typing import Annotated, Any

from pydantic import BaseModel, Field


class FieldError(BaseModel):
    location: list[str | int]
    message: str
    type: str


class Problem(BaseModel):
    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: Annotated[str, Field(description="Stable, in snake_case: what a program should look at.")]
    request_id: str
    errors: list[FieldError] | None = None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for the given statuses, and for those that any operation may answer."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    every = {400, 401, 413, 422, 500, *statuses}
    return {status: {"model": Problem, "content": content} for status in sorted(every)}
