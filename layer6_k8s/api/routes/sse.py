"""Server-sent events, and how a route notices that its client has disconnected."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Generic, TypeVar

from fastapi import Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic_core import to_json
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from api.errors import MyStackError, Stopping
from api.http.paths import route_path
from api.http.problems import unexpected
from api.schemas.problem import problem
from api.services.serving.shutdown import Shutdown

T = TypeVar("T")
Events = AsyncGenerator[T, None]
HEAD_START = 0.05  # seconds
STALL_SECONDS = 60.0
"""Longest time a client may leave an event unread; an idle stream occupies a slot and perhaps a model."""


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """Await `work`; if the client disconnects first, cancel it and raise `ClientDisconnect`."""
    watcher = _Watcher(request)
    try:
        return await work
    except asyncio.CancelledError:
        if watcher.client_gone and watcher.task.uncancel() == 0:
            raise ClientDisconnect from None
        raise  # the task was cancelled for another reason
    finally:
        watcher.stop()


async def event_stream(
    request: Request,
    events: Events[T],
    encode: Callable[[T], bytes],
    encode_error: Callable[[MyStackError], bytes],
    end: bytes = b"",
) -> StreamingResponse:
    """Stream `events`. An error before the first event is raised, and so answered with its own status."""
    first = await unless_gone(request, anext(events))
    return EventStream(request, first, events, encode, encode_error, end)


def problem_event(request: Request) -> Callable[[MyStackError], bytes]:
    """Encodes an error as the event `error`, with the problem as its data."""

    def encode(error: MyStackError) -> bytes:
        path, request_id = route_path(request.scope), request.scope["request_id"]
        body = problem(error.status, error.code, error.detail, instance=path, request_id=request_id)
        return format_sse_event(data_str=to_json(body).decode(), event="error")

    return encode


class EventStream(StreamingResponse, Generic[T]):
    """A response of server-sent events. However it ends, `events` is closed."""

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
        shutdown: Shutdown = self.request.state.shutdown

        async def sent(message: Message) -> None:
            async with asyncio.timeout(STALL_SECONDS):
                await send(message)

        async with aclosing(self.events):
            try:
                with suppress(ClientDisconnect, TimeoutError):
                    await unless_gone(self.request, self.stream_response(sent))
            except asyncio.CancelledError:
                if not shutdown.took_back():
                    raise
                last = self.encode_error(Stopping())
                await send({"type": "http.response.body", "body": last, "more_body": False})

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        yield self.encode(self.first)
        try:
            async for event in self.events:
                yield self.encode(event)
        except MyStackError as error:
            yield self.encode_error(error)
        except Exception as error:  # noqa: BLE001 - the edge of a stream, as the middleware is for other responses
            yield self.encode_error(unexpected(error, self.request.scope["request_id"]))
        else:
            yield self.end


class _Watcher:
    """Cancels the task that created it when the client of its request disconnects.

    It starts after `HEAD_START` seconds: listening needs a task of its own, which costs as much as an instant answer.
    """

    def __init__(self, request: Request) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("requests are answered in tasks")
        self.request, self.task = request, task
        self.client_gone = False
        self._waiting: asyncio.TimerHandle | asyncio.Task[None]
        self._waiting = asyncio.get_running_loop().call_later(HEAD_START, self._begin)

    def stop(self) -> None:
        self._waiting.cancel()

    def _begin(self) -> None:
        self._waiting = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while (await self.request.receive())["type"] != "http.disconnect":
            pass
        self.client_gone = True
        self.task.cancel()
