"""Server-sent events, and how a route notices that its client has gone."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar

import anyio
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from api.errors import MyStackError

T = TypeVar("T")
Events = AsyncGenerator[T, None]


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """Await `work`, but cancel it and raise `ClientDisconnect` when the client goes away first."""
    with anyio.CancelScope() as scope:
        watcher = asyncio.create_task(_cancel_when_gone(request, scope))
        try:
            return await work
        finally:
            watcher.cancel()
    raise ClientDisconnect


async def event_stream(
    request: Request,
    events: Events[T],
    encode: Callable[[T], bytes],
    encode_error: Callable[[MyStackError], bytes],
    end: bytes = b"",
) -> StreamingResponse:
    """Stream `events`. What goes wrong before the first of them is raised, and so answered with its own status."""
    first = await unless_gone(request, anext(events))

    async def body() -> AsyncGenerator[bytes, None]:
        async with aclosing(events):
            yield encode(first)
            try:
                async for event in events:
                    yield encode(event)
            except MyStackError as error:
                yield encode_error(error)
                return
            yield end

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(body(), media_type="text/event-stream", headers=headers)


async def _cancel_when_gone(request: Request, scope: anyio.CancelScope) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
