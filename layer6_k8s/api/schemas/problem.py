"""The shape of every error, in RFC 9457's form and in OpenAI's, and how the OpenAPI document describes errors."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.errors import (
    BodyTooLarge,
    BodyTooSlow,
    HostNotAllowed,
    ModelNotFound,
    ModelUnavailable,
    MyStackError,
    NotReady,
    PromptTooLong,
    Unauthorized,
)

ALWAYS = (401, 403, 429, 500)
WITH_BODY = (400, 408, 413, 422)
EXAMPLES: dict[int, type[MyStackError]] = {
    error.status: error
    for error in (
        PromptTooLong,
        Unauthorized,
        HostNotAllowed,
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
    """The body of every error response, except below /v1."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: Annotated[str, Field(description="Stable, in snake_case; programs should test this field.")]
    request_id: str
    errors: list[FieldError] | None = None


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    instance: str = "",
    request_id: str = "",
    errors: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The problem object of RFC 9457, with our `code`, `request_id` and field `errors`."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        "request_id": request_id,
    }
    return body | ({"errors": list(errors)} if errors else {})


OPENAI_KINDS = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
OPENAI_LIMITS = {
    "rate_limited": ("requests", "rate_limit_exceeded"),
    "quota_exceeded": ("insufficient_quota", "insufficient_quota"),
}
"""Kind and code that OpenAI's clients know: they try again after the first, and not after the second."""


def openai_error(status: int, code: str, detail: str, param: str | None = None) -> dict[str, Any]:
    """The same error in the shape that OpenAI's clients read."""
    kind = OPENAI_KINDS.get(status, "invalid_request_error" if status < 500 else "server_error")
    kind, code = OPENAI_LIMITS.get(code, (kind, code))
    return {"error": {"message": detail, "type": kind, "param": param, "code": code}}


def problems(*statuses: int, body: bool = True) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for these statuses and for those of every operation; `body`: the operation reads a body."""
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
    """The OpenAPI description of the Retry-After header of a 429 or 503."""
    described = {"description": "Seconds to wait before the next attempt.", "schema": {"type": "integer"}}
    return {"headers": {"Retry-After": described}} if status in (429, 503) else {}


def example_problem(status: int) -> dict[str, Any]:
    request_id = "9f1c2a4e-5b7d-4c1e-8a3f-2d6b9e0c4a71"
    if status == 422:
        field = {"location": ["body", "message"], "message": "Field required", "type": "missing"}
        detail = "body.message: Field required"
        return problem(422, "invalid_request", detail, instance="/chat", request_id=request_id, errors=[field])
    if status == 429:
        detail = "This tenant may send 600 requests a minute. Try again in 3 s."
        return problem(429, "rate_limited", detail, instance="/chat", request_id=request_id)
    known = EXAMPLES.get(status)
    code = known.code if known else HTTPStatus(status).name.lower()
    detail = known().detail if known else HTTPStatus(status).phrase
    return problem(status, code, detail, instance="/chat", request_id=request_id)
