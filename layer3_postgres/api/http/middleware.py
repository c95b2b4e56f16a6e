"""What happens to every request: an id, the API key, a place, the size limit, and the headers of the answer.

Written against plain ASGI: a wrapper with its own task and queue would sit between a stream and its client.
"""

import asyncio
import logging
import re
import secrets
import sys
import time
import uuid
from collections.abc import Callable, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BodyTooSlow, MyStackError, Overloaded, Stopping, Unauthorized, respond_to, unexpected
from api.services.serving.admission import Limiter
from api.services.serving.shutdown import Shutdown

logger = logging.getLogger("mystack.access")

Header = tuple[bytes, bytes]

BODY_PAUSE_SECONDS = 30.0
"""So long may the next piece of a body take: whoever sends it holds a place."""
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
OPEN = re.compile(r"/|/favicon\.ico|/openapi\.json|/(health|docs|web)(/.*)?", re.DOTALL)
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", CSP.encode()),
    # Ask before reuse: after an upgrade a browser must not mix the page's old modules with new ones.
    (b"cache-control", b"no-cache"),
)
CLOSE = ((b"connection", b"close"),)


class RequestContext:
    """Gives the request its id, logs it, sets the headers of every answer, and answers what nobody else caught."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, _plainly(send))
            return
        request_id = scope["request_id"] = _request_id(scope)
        stop: Shutdown = scope["state"]["stop"]
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_ours(message["headers"], request_id, CLOSE if stop.begun else ())
            await send(message)

        try:
            with stop.running():
                try:
                    await self.app(scope, receive, send_with_headers)
                except asyncio.CancelledError:
                    if not stop.took_back() or status:
                        raise
                    await respond_to(Request(scope), Stopping())(scope, receive, send_with_headers)
        except Exception as error:
            if status:
                raise  # too late for another answer: the server closes the connection
            answer = respond_to(Request(scope), unexpected(error, request_id))
            await answer(scope, receive, send_with_headers)
        finally:
            _log(scope, status, time.perf_counter() - started)


def _plainly(send: Send) -> Send:
    """An error of ours that keeps the service from starting is told as its sentence, which a trace would hide."""

    async def told(message: Message) -> None:
        error = sys.exception()
        if message["type"] == "lifespan.startup.failed" and isinstance(error, MyStackError):
            message["message"] = error.detail
        await send(message)

    return told


class ApiKey:
    """Asks for `Authorization: Bearer <key>` everywhere but on the open paths."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self.app = app
        self.key = key.strip().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._allowed(scope):
            await respond_to(Request(scope), Unauthorized())(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _allowed(self, scope: Scope) -> bool:
        if OPEN.fullmatch(scope["path"]):
            return True
        scheme, _, given = _header(scope, b"authorization").partition(b" ")
        return scheme.lower() == b"bearer" and secrets.compare_digest(given.strip(), self.key)


class Admission:
    """Refuses at once, before the body is read, what is more than `limits` let in, or comes when the service stops."""

    def __init__(self, app: ASGIApp, limit_for: Callable[[str, str], str | None]) -> None:
        self.app = app
        self.limit_for = limit_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self.limit_for(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if name is None:
            await self.app(scope, receive, send)
            return
        limiter: Limiter = scope["state"]["limits"][name]
        try:
            if scope["state"]["stop"].closed:
                raise Stopping
            limiter.acquire()
        except (Overloaded, Stopping) as error:
            await respond_to(Request(scope), error)(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            limiter.release()


class BodyLimit:
    """Answers 413 as soon as a body turns out larger than `limit(path)` allows, and 408 when it does not come."""

    def __init__(self, app: ASGIApp, limit: Callable[[str], tuple[int, MyStackError]]) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        max_bytes, error = self.limit(scope["path"])
        if _content_length(scope) > max_bytes:
            await respond_to(Request(scope), error)(scope, receive, send)
            return
        received, whole = 0, False

        async def counted() -> Message:
            nonlocal received, whole
            message = await (receive() if whole else _soon(receive))
            whole = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise HTTPException(413) from error  # FastAPI lets only this type out of its body parsing
            return message

        await self.app(scope, counted, send)


async def _soon(receive: Receive) -> Message:
    try:
        async with asyncio.timeout(BODY_PAUSE_SECONDS):
            return await receive()
    except TimeoutError:
        raise HTTPException(408) from BodyTooSlow()


def _header(scope: Scope, name: bytes) -> bytes:
    """The first header of that name (lower case), or nothing."""
    return next((value for key, value in scope["headers"] if key == name), b"")


def _content_length(scope: Scope) -> int:
    """What the client says it sends; 0 where it does not, since the bytes that arrive are counted as well."""
    text = _header(scope, b"content-length")
    return int(text) if text.isdigit() and len(text) < 19 else 0


def _request_id(scope: Scope) -> str:
    given = _header(scope, b"x-request-id").decode("latin-1")
    return given if SANE_ID.fullmatch(given) else str(uuid.uuid4())


def _with_ours(headers: list[Header], request_id: str, more: Sequence[Header]) -> list[Header]:
    """The answer's headers, the request id, `more`, and those of the security headers that it does not set itself."""
    present = {name for name, _ in headers}
    ours = [header for header in SECURITY_HEADERS if header[0] not in present]
    return [*headers, (b"x-request-id", request_id.encode()), *ours, *more]


def _log(scope: Scope, status: int, seconds: float) -> None:
    """One line a request. The path as it was sent: decoded, it could hold a line break and forge a second line."""
    if logger.isEnabledFor(logging.INFO):
        path = scope["raw_path"].decode("latin-1")
        logger.info("%s %s %d %.1f ms %s", scope["method"], path, status, seconds * 1000, scope["request_id"])
