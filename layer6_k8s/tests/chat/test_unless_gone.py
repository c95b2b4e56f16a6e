"""`unless_gone` awaits work and cancels it when the client disconnects."""

import asyncio
from typing import Any

import pytest
from fastapi import Request
from starlette.requests import ClientDisconnect

from api.routes.sse import HEAD_START, unless_gone


class Client:
    """Disconnects when `left` is set."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.request = Request({"type": "http"}, self.receive)

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}


async def test_the_result_of_the_work_is_returned() -> None:
    assert await unless_gone(Client().request, asyncio.sleep(0, "done")) == "done"
    assert await unless_gone(Client().request, asyncio.sleep(2 * HEAD_START, "done")) == "done"


async def test_an_error_of_the_work_is_raised() -> None:
    async def failing() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await unless_gone(Client().request, failing())


async def test_a_disconnect_cancels_the_work_which_can_clean_up() -> None:
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
async def test_a_cancellation_for_another_reason_is_raised_as_such(left: bool) -> None:
    client = Client()
    task = asyncio.create_task(unless_gone(client.request, asyncio.Event().wait()))
    await asyncio.sleep(2 * HEAD_START)
    task.cancel()
    if left:
        client.left.set()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_surrounding_timeout_is_raised_as_such() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2 * HEAD_START):
            await unless_gone(Client().request, asyncio.Event().wait())
