"""Admission control before a body is read; limits on its size and on stalls while it is."""

import asyncio
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BodyTooSlow, MyStackError, Stopping
from api.http.headers import content_length
from api.http.paths import route_path
from api.http.problems import respond_to
from api.services.serving.admission import Limiter

BODY_PAUSE_SECONDS = 30.0
"""Longest pause between two pieces of a body; a stalled sender occupies a slot."""


class Admission:
    """Rejects a request before reading its body when its limit is reached or the service is shutting down."""

    def __init__(self, app: ASGIApp, limit_for: Callable[[str, str], str | None]) -> None:
        self.app = app
        self.limit_for = limit_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self.limit_for(scope["method"], route_path(scope)) if scope["type"] == "http" else None
        if name is None:
            await self.app(scope, receive, send)
            return
        limiter: Limiter = scope["state"]["limits"][name]
        try:
            if scope["state"]["shutdown"].closed:
                raise Stopping
            await limiter.acquire()
        except MyStackError as error:
            await respond_to(Request(scope), error)(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            limiter.release()


class BodyLimit:
    """Answers 413 as soon as a body exceeds what `limit(path)` allows, and 408 when it stalls."""

    def __init__(self, app: ASGIApp, limit: Callable[[str], tuple[int, MyStackError]]) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        max_bytes, error = self.limit(route_path(scope))
        if content_length(scope) > max_bytes:
            await respond_to(Request(scope), error)(scope, receive, send)
            return
        received, complete = 0, False

        async def receive_counted() -> Message:
            nonlocal received, complete
            message = await (receive() if complete else _next_piece(receive))
            complete = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise HTTPException(413) from error  # FastAPI lets only this type out of its body parsing
            return message

        await self.app(scope, receive_counted, send)


async def _next_piece(receive: Receive) -> Message:
    try:
        async with asyncio.timeout(BODY_PAUSE_SECONDS):
            return await receive()
    except TimeoutError:
        raise HTTPException(408) from BodyTooSlow()
