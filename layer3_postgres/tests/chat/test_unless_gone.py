"""Work for a client, for as long as the client is there."""

import asyncio
from typing import Any

import pytest
from fastapi import Request
from starlette.requests import ClientDisconnect

from api.routes.sse import HEAD_START, unless_gone


class Client:
    """Stays until it is told to leave."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.request = Request({"type": "http"}, self.receive)

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}


async def test_work_is_awaited() -> None:
    assert await unless_gone(Client().request, asyncio.sleep(0, "done")) == "done"
    assert await unless_gone(Client().request, asyncio.sleep(2 * HEAD_START, "done")) == "done"


async def test_an_error_is_passed_on() -> None:
    async def failing() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await unless_gone(Client().request, failing())


async def test_work_is_cancelled_when_the_client_leaves_and_can_still_clean_up() -> None:
    cleaned = []

    async def working() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append(True)

    client = Client()
    client.left.set()
    with pytest.raises(ClientDisconnect):
        await unless_gone(client.request, working())
    assert cleaned
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


@pytest.mark.parametrize("left", [True, False])
async def test_a_cancellation_by_somebody_else_stays_one(left: bool) -> None:
    client = Client()
    task = asyncio.create_task(unless_gone(client.request, asyncio.Event().wait()))
    await asyncio.sleep(2 * HEAD_START)
    task.cancel()
    if left:
        client.left.set()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_timeout_around_it_stays_one() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2 * HEAD_START):
            await unless_gone(Client().request, asyncio.Event().wait())
