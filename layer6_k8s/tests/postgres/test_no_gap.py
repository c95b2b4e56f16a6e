"""Interruptions that leave two stores inconsistent leave nothing here, without any cleaning up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.stores.faults import Faults, T, unavailable
from tests.stores.killed import ENOUGH, killed_after_every_step
from tests.stores.opened import opened
from tests.stores.writes import AFTER, BEFORE, NEW, WRITES, nothing_else_is_left, prepare, seen

Stores = Callable[[], dict[str, Any]]


async def test_a_process_that_is_killed_between_two_calls_leaves_nothing_half_stored(stores: Stores) -> None:
    where, steps = stores(), 0
    async for _ in killed_after_every_step(where, "publish"):
        steps += 1
        async with opened(where) as killed:
            await nothing_else_is_left(killed, await seen(killed))
    assert steps > 10


class Cancellation(Faults):
    """The task that makes the n-th call is cancelled during the call."""

    async def call(self, call: Callable[[], Awaitable[T]], lost: Callable[[], Exception] = unavailable) -> T:
        self.calls += 1
        if self.calls == self.number:
            self.struck.set()
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        return await call()


@pytest.mark.parametrize("write", WRITES)
async def test_a_write_that_is_cancelled_at_any_call_is_complete_or_absent(stores: Stores, write: str) -> None:
    where = stores()
    for number in range(1, ENOUGH):
        await prepare(where, write)
        faults = Cancellation()
        async with opened(where, faults=faults) as harness:
            faults.arm(number, "hangs")
            [ended] = await asyncio.gather(asyncio.ensure_future(WRITES[write](harness, NEW)), return_exceptions=True)
            struck = faults.struck.is_set()
            faults.arm(0, "hangs")
            assert ended is None or isinstance(ended, asyncio.CancelledError)
            visible = await seen(harness)
            assert visible in (BEFORE[write], AFTER[write])
            await nothing_else_is_left(harness, visible)
            if not struck:
                assert (number > 5, visible) == (True, AFTER[write])
                return
    raise AssertionError("the write never ended")
