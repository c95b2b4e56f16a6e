"""What happens to every request: an id, the size limit, the API key, and the headers of the answer.

Written against plain ASGI: a wrapper with its own task and queue would sit between a stream and its client.
"""

import logging
import re
import secrets
import time
import uuid
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import MyStackError, Unauthorized, respond_to

logger = logging.getLogger("mystack.access")

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
OPEN_PATHS = ("/health", "/docs", "/openapi.json", "/web/", "/favicon.ico")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": CSP,
}


class RequestContext:
    """Gives the request its id, logs it, and sets the headers that every answer carries."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope["request_id"] = _request_id(Request(scope))
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            spent = (time.perf_counter() - started) * 1000
            logger.info("%s %s %d %.1f ms %s", scope["method"], scope["path"], status, spent, request_id)


class ApiKey:
    """Asks for `Authorization: Bearer <key>` everywhere but on the open paths."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self.app = app
        self.key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._allowed(Request(scope)):
            await respond_to(Request(scope), Unauthorized())(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _allowed(self, request: Request) -> bool:
        path = request.url.path
        if path == "/" or path.startswith(OPEN_PATHS):
            return True
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        given = key.strip().encode("utf-8", "replace")
        return scheme.lower() == "bearer" and secrets.compare_digest(given, self.key)


class BodyLimit:
    """Answers 413 as soon as a body turns out larger than `limit(path)` allows."""

    def __init__(self, app: ASGIApp, limit: Callable[[str], tuple[int, MyStackError]]) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        max_bytes, error = self.limit(scope["path"])
        if int(_digits(request.headers.get("content-length", "0"))) > max_bytes:
            await respond_to(request, error)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise error
            return message

        await self.app(scope, counted, send)


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 19 else "0"


def _request_id(request: Request) -> str:
    given = request.headers.get("x-request-id", "")
    return given if SANE_ID.fullmatch(given) else str(uuid.uuid4())
