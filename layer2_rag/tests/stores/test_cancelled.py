"""A write to two stores is completed even when its caller is cancelled."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.stores.faults import Faults
from tests.stores.killed import ENOUGH
from tests.stores.opened import opened
from tests.stores.writes import AFTER, BEFORE, NEW, WRITES, nothing_else_is_left, prepare, seen


@pytest.mark.parametrize("write", WRITES)
async def test_cancelling_the_caller_at_any_step_does_not_stop_the_write(
    stores: Callable[[], dict[str, Any]], write: str
) -> None:
    where = stores()
    for number in range(1, ENOUGH):
        await prepare(where, write)
        faults = Faults()
        async with opened(where, faults=faults) as harness:
            faults.arm(number, "hangs")
            writing = asyncio.ensure_future(WRITES[write](harness, NEW))
            await first_of(faults.struck, writing)
            if writing.done():
                assert number > 5
                return
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing
            assert await seen(harness) in (BEFORE[write], AFTER[write])
            faults.released.set()
        async with opened(where) as harness:
            await harness.clean_up()
            assert await seen(harness) == AFTER[write]
            await nothing_else_is_left(harness, AFTER[write])
    raise AssertionError("the write never ended")


async def first_of(event: asyncio.Event, task: asyncio.Future[None]) -> None:
    waiting = asyncio.ensure_future(event.wait())
    await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
