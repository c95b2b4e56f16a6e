"""The outermost middleware: request id, headers of the response, observers, and the answer to unhandled errors.

Written against plain ASGI: a wrapper with its own task and queue would sit between a stream and its client.
"""

import asyncio
import re
import sys
import time
import uuid

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import MyStackError, Stopping
from api.http.headers import completed, header
from api.http.problems import respond_to, unexpected
from api.http.templates import RouteTemplates
from api.services.serving.context import current_request_id
from api.services.serving.observers import Exchange
from api.services.serving.shutdown import Shutdown

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CLOSE = ((b"connection", b"close"),)


class RequestContext:
    """Assigns the request id, completes the response headers, and notifies the observers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.templates = RouteTemplates()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, _with_plain_startup_errors(send))
            return
        request_id = scope["request_id"] = _request_id(scope)
        token = current_request_id.set(request_id)
        started = time.perf_counter()
        try:
            await self._answer(scope, receive, send)
        finally:
            self._observe(scope, time.perf_counter() - started)
            current_request_id.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; `scope["status"]` is the status as soon as the response has begun."""
        shutdown: Shutdown = scope["state"]["shutdown"]

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope["status"] = message["status"]
                closing = CLOSE if shutdown.begun else ()
                message["headers"] = completed(message["headers"], scope["request_id"], closing)
            await send(message)

        try:
            with shutdown.running():
                try:
                    await self.app(scope, receive, send_completed)
                except asyncio.CancelledError:
                    if not shutdown.took_back() or "status" in scope:
                        raise
                    await respond_to(Request(scope), Stopping())(scope, receive, send_completed)
        except Exception as error:
            if "status" in scope:
                raise  # too late for another answer: the server closes the connection
            answer = respond_to(Request(scope), unexpected(error, scope["request_id"]))
            await answer(scope, receive, send_completed)

    def _observe(self, scope: Scope, seconds: float) -> None:
        exchange = Exchange(
            method=scope["method"],
            route=self.templates.of(scope),
            path=scope["raw_path"].decode("latin-1"),
            status=scope.get("status", 0),
            seconds=seconds,
            request_id=scope["request_id"],
        )
        for observer in scope["state"]["observers"]:
            observer(exchange)


def _with_plain_startup_errors(send: Send) -> Send:
    """Report one of our errors at start-up as its sentence, without the traceback that would hide it."""

    async def send_plain(message: Message) -> None:
        error = sys.exception()
        if message["type"] == "lifespan.startup.failed" and isinstance(error, MyStackError):
            message["message"] = error.detail
        await send(message)

    return send_plain


def _request_id(scope: Scope) -> str:
    given = header(scope, b"x-request-id").decode("latin-1")
    return given if SANE_ID.fullmatch(given) else str(uuid.uuid4())
