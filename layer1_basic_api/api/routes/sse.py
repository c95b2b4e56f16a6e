"""Server-sent events, and how a route notices that its client has gone."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Generic, TypeVar

import anyio
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from api.errors import MyStackError, unexpected

T = TypeVar("T")
Events = AsyncGenerator[T, None]
HEAD_START = 0.05


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """Await `work`, but cancel it and raise `ClientDisconnect` when the client goes away first.

    Watching begins after `HEAD_START` seconds: a task of its own costs as much as an instant answer.
    """
    loop = asyncio.get_running_loop()
    watcher: asyncio.TimerHandle | asyncio.Task[None]

    def watch() -> None:
        nonlocal watcher
        watcher = loop.create_task(_cancel_when_gone(request, scope))

    with anyio.CancelScope() as scope:
        watcher = loop.call_later(HEAD_START, watch)
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
    return EventStream(request, first, events, encode, encode_error, end)


class EventStream(StreamingResponse, Generic[T]):
    """An answer of server-sent events. However it ends, also by the client's leaving, `events` is closed then."""

    def __init__(
        self,
        request: Request,
        first: T,
        events: Events[T],
        encode: Callable[[T], bytes],
        encode_error: Callable[[MyStackError], bytes],
        end: bytes,
    ) -> None:
        self.request, self.first, self.events = request, first, events
        self.encode, self.encode_error, self.end = encode, encode_error, end
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(self._pieces(), media_type="text/event-stream", headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self.events):
            with suppress(ClientDisconnect):
                await unless_gone(self.request, self.stream_response(send))

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        yield self.encode(self.first)
        try:
            async for event in self.events:
                yield self.encode(event)
        except MyStackError as error:
            yield self.encode_error(error)
        except Exception as error:  # noqa: BLE001 - the edge of a stream, as the middleware is that of other answers
            yield self.encode_error(unexpected(error, self.request.scope["request_id"]))
        else:
            yield self.end


async def _cancel_when_gone(request: Request, scope: anyio.CancelScope) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
