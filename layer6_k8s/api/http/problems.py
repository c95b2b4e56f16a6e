"""How errors are answered: `application/problem+json` (RFC 9457), and OpenAI's shape below `/v1`."""

import http
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.errors import MyStackError
from api.http.paths import matching_routes, route_path
from api.schemas.field_errors import most_specific
from api.schemas.problem import openai_error, problem

logger = logging.getLogger("mystack.errors")


def respond(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """`param`: the field to blame, which only OpenAI's shape names apart from `errors`."""
    path = route_path(request.scope)  # not `request.url`: that is built from the Host header
    if path.startswith("/v1/"):
        return JSONResponse(openai_error(status, code, detail, param), status, headers)
    request_id = request.scope.get("request_id", "")
    body = problem(status, code, detail, instance=path, request_id=request_id, errors=errors)
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def respond_to(request: Request, error: MyStackError) -> JSONResponse:
    """Answer one of our own errors."""
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status == 408:
        headers["Connection"] = "close"  # the rest of the body would be read as the next request
    return respond(request, error.status, error.code, error.detail, param=error.param, headers=headers)


def install(app: FastAPI) -> None:
    """Register the handlers of our errors, FastAPI's validation and Starlette's errors; middleware answers the rest."""

    @app.exception_handler(MyStackError)
    async def known(request: Request, error: MyStackError) -> JSONResponse:
        return respond_to(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        if route_path(request.scope).startswith("/v1/"):
            path, worst = most_specific(error.body, error.errors())
            detail = _validation_detail(worst, path or None)
            return respond(request, 400, "invalid_request", detail, param=path or None)
        first = error.errors()[0]
        errors = [{"location": list(e["loc"]), "message": e["msg"], "type": e["type"]} for e in error.errors()]
        return respond(request, 422, "invalid_request", _validation_detail(first), errors=errors)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        if isinstance(error.__cause__, MyStackError):
            return respond_to(request, error.__cause__)
        if isinstance(error.__cause__, ClientDisconnect):  # while FastAPI was reading the body
            return await gone(request, error.__cause__)
        code = http.HTTPStatus(error.status_code).name.lower()
        headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers or {}
        return respond(request, error.status_code, code, _http_detail(request, error, headers), headers=headers)

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=499)  # only the log sees it


def _validation_detail(error: Mapping[str, Any], param: str | None = None) -> str:
    """Which field is invalid and why; the two most common mistakes get a sentence of their own."""
    where = error["loc"]
    if error["type"] == "json_invalid":
        return f"The body is not valid JSON: {error['ctx']['error']}, at character {where[-1]}."
    if where == ("body",) and error["type"] in ("model_attributes_type", "missing"):
        return "The body must be a JSON object, sent with the header Content-Type: application/json."
    if param is not None:
        return f"{param}: {error['msg'].removeprefix('Value error, ')}"
    return f"{'.'.join(str(part) for part in where)}: {error['msg']}"


def _http_detail(request: Request, error: HTTPException, headers: Mapping[str, str]) -> str:
    """Starlette's message, with what to try instead."""
    path, allowed = route_path(request.scope), headers.get("Allow")
    if error.status_code == http.HTTPStatus.NOT_FOUND:
        return f"Nothing is served at {path}. The page at /docs lists all endpoints."
    if allowed:
        return f"{path} does not allow {request.method}; it allows {allowed}."
    return str(error.detail)


def _allowed(request: Request) -> str:
    """The methods of all routes with this path: Starlette names those of the first route only."""
    routes = matching_routes(request.scope)
    return ", ".join(sorted({method for route, _ in routes for method in route.methods or ("GET", "HEAD")}))


def unexpected(error: Exception, request_id: str) -> MyStackError:
    """Log a fault of our own with its traceback; the client learns the request id only."""
    logger.error("unhandled error, request %s", request_id, exc_info=error)
    return MyStackError("Something went wrong inside the service; it was logged under this request id.")
