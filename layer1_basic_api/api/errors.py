"""What can go wrong, and how it is answered.

    MyStackError                    500 internal_error
    ├── ModelUnavailable            503 model_unavailable
    ├── ModelNotFound               404 model_not_found
    ├── PromptTooLong               400 prompt_too_long
    ├── Unauthorized                401 unauthorized
    ├── BodyTooLarge                413 body_too_large
    ├── BodyTooSlow                 408 body_too_slow
    ├── Overloaded                  503 overloaded
    ├── Stopping                    503 stopping
    └── NotReady                    503 not_ready

Every error leaves the service as `application/problem+json` (RFC 9457); the routes below `/v1` answer in OpenAI's
shape instead. The status and the stable code stand on the class, the sentence comes from where it was raised.
"""

import http
import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

logger = logging.getLogger("mystack.errors")


class MyStackError(Exception):
    """Something went wrong inside the service; the request id leads to the log."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    retry_after: ClassVar[int | None] = None

    def __init__(self, detail: str = "") -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        super().__init__(self.detail)


class ModelUnavailable(MyStackError):
    """The language model cannot be reached. Start it, or choose another with LLM_PROVIDER."""

    status = 503
    code = "model_unavailable"
    retry_after = 10


class ModelNotFound(MyStackError):
    """No such model here. GET /models lists those that can be asked for."""

    status = 404
    code = "model_not_found"


class PromptTooLong(MyStackError):
    """The message alone does not fit into the model's context window. Shorten it."""

    status = 400
    code = "prompt_too_long"


class Unauthorized(MyStackError):
    """This service needs an API key: send it as `Authorization: Bearer <key>`."""

    status = 401
    code = "unauthorized"


class BodyTooLarge(MyStackError):
    """The request body is larger than this service accepts."""

    status = 413
    code = "body_too_large"


class BodyTooSlow(MyStackError):
    """The rest of the request did not come. Send it again."""

    status = 408
    code = "body_too_slow"


class Overloaded(MyStackError):
    """More is asked of this service than it can do at once. Ask again in a moment."""

    status = 503
    code = "overloaded"
    retry_after = 1


class Stopping(MyStackError):
    """This instance of the service is being stopped. Ask again in a moment."""

    status = 503
    code = "stopping"
    retry_after = 1


class NotReady(MyStackError):
    """The service is starting, or something it needs is down. GET /health says what."""

    status = 503
    code = "not_ready"
    retry_after = 5


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
        "title": http.HTTPStatus(status).phrase,
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


def openai_error(status: int, code: str, detail: str, param: str | None = None) -> dict[str, Any]:
    """The same in the shape that OpenAI's clients read."""
    kind = OPENAI_KINDS.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": detail, "type": kind, "param": param, "code": code}}


def respond(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    path: str = request.scope["path"]  # not `request.url`: that is put together from the Host header
    if path.startswith("/v1/"):
        param = ".".join(str(part) for part in errors[0]["location"][1:]) if errors else None
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
        headers["Connection"] = "close"  # what still comes would be taken for the next request
    return respond(request, error.status, error.code, error.detail, headers=headers)


def install(app: FastAPI) -> None:
    """Register the handlers: ours, FastAPI's validation, Starlette's HTTP errors. The middleware answers the rest."""

    @app.exception_handler(MyStackError)
    async def known(request: Request, error: MyStackError) -> JSONResponse:
        return respond_to(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [{"location": list(e["loc"]), "message": e["msg"], "type": e["type"]} for e in error.errors()]
        status = 400 if request.url.path.startswith("/v1/") else 422  # as OpenAI does
        return respond(request, status, "invalid_request", _what_is_wrong(error.errors()[0]), errors=errors)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        if isinstance(error.__cause__, MyStackError):
            return respond_to(request, error.__cause__)
        code = http.HTTPStatus(error.status_code).name.lower()
        headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers or {}
        return respond(request, error.status_code, code, _what_to_do(request, error, headers), headers=headers)

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=499)  # nobody reads it; the log does


def _what_is_wrong(error: Mapping[str, Any]) -> str:
    """Where a request is not as documented, and how; in words of our own for the two slips that everybody makes."""
    where = error["loc"]
    if error["type"] == "json_invalid":
        return f"The body is not JSON: {error['ctx']['error']}, at character {where[-1]}."
    if where == ("body",) and error["type"] in ("model_attributes_type", "missing"):
        return "The body has to be a JSON object, sent with the header Content-Type: application/json."
    return f"{'.'.join(str(part) for part in where)}: {error['msg']}"


def _what_to_do(request: Request, error: HTTPException, headers: Mapping[str, str]) -> str:
    """What Starlette answers, with what to try instead."""
    path, allowed = request.scope["path"], headers.get("Allow")
    if error.status_code == http.HTTPStatus.NOT_FOUND:
        return f"There is nothing at {path}. The page at /docs lists what there is."
    if allowed:
        return f"{path} does not take {request.method}, but {allowed}."
    return str(error.detail)


def _allowed(request: Request) -> str:
    """The methods of every route with this path: Starlette names those of the first alone."""
    scope = request.scope
    # A mount leaves its own root path there.
    outside = dict(scope) | {"root_path": scope.get("app_root_path", scope["root_path"])}
    routes = iter_route_contexts(request.app.routes)
    here = (route for route in routes if route.matches(outside)[0] is not Match.NONE)
    return ", ".join(sorted({method for route in here for method in route.methods or ("GET", "HEAD")}))


def unexpected(error: Exception, request_id: str) -> MyStackError:
    """Log a fault of our own with its trace, and give back what the client may know of it: the request id."""
    logger.error("unhandled error, request %s", request_id, exc_info=error)
    return MyStackError("Something went wrong inside the service; it was logged under this request id.")
