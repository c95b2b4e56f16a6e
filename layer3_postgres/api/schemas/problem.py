"""The shape of every error, RFC 9457, and how the OpenAPI document describes errors."""

from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.errors import (
    BodyTooLarge,
    BodyTooSlow,
    ModelNotFound,
    ModelUnavailable,
    MyStackError,
    NotReady,
    PromptTooLong,
    Unauthorized,
    problem,
)

ALWAYS = (401, 500)
WITH_BODY = (400, 408, 413, 422)
EXAMPLES: dict[int, type[MyStackError]] = {
    error.status: error
    for error in (
        PromptTooLong,
        Unauthorized,
        ModelNotFound,
        BodyTooSlow,
        BodyTooLarge,
        MyStackError,
        NotReady,
        ModelUnavailable,
    )
}


class FieldError(BaseModel):
    location: list[str | int]
    message: str
    type: str


class Problem(BaseModel):
    """What every error is answered with, but below /v1."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: Annotated[str, Field(description="Stable, in snake_case: what a program should look at.")]
    request_id: str
    errors: list[FieldError] | None = None


def problems(*statuses: int, body: bool = True) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for the given statuses and for those of any operation; `body`: the operation takes one."""
    every = {*ALWAYS, *(WITH_BODY if body else ()), *statuses}
    return {status: problem_response(status) for status in sorted(every)}


def problem_response(status: int) -> dict[str, Any]:
    """One OpenAPI response, with an example."""
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example_problem(status)}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": content},
        **retry_header(status),
    }


def retry_header(status: int) -> dict[str, Any]:
    """How the OpenAPI document describes the header of a 503, which every operation that works may answer."""
    described = {"description": "Ask again after so many seconds.", "schema": {"type": "integer"}}
    return {"headers": {"Retry-After": described}} if status == 503 else {}


def example_problem(status: int) -> dict[str, Any]:
    request_id = "9f1c2a4e-5b7d-4c1e-8a3f-2d6b9e0c4a71"
    if status == 422:
        field = {"location": ["body", "message"], "message": "Field required", "type": "missing"}
        detail = "body.message: Field required"
        return problem(422, "invalid_request", detail, instance="/chat", request_id=request_id, errors=[field])
    known = EXAMPLES.get(status)
    code = known.code if known else HTTPStatus(status).name.lower()
    detail = known().detail if known else HTTPStatus(status).phrase
    return problem(status, code, detail, instance="/chat", request_id=request_id)
