"""A write that two stores have to do is not stopped half way because nobody waits for it any more."""

import asyncio

import pytest

from tests.stores.faults import Faults
from tests.stores.killed import Stores, calls_of
from tests.stores.opened import opened
from tests.stores.writes import AFTER, BEFORE, NEW, WRITES, nothing_else_is_left, prepare, seen


@pytest.mark.parametrize("write", WRITES)
async def test_a_caller_who_is_cancelled_at_any_step_stops_nothing_half_way(stores: Stores, write: str) -> None:
    for number in range(1, await calls_of(stores, write) + 1):
        where, faults = stores(), Faults()
        await prepare(where, write)
        async with opened(where, faults=faults) as it:
            faults.arm(number, "hangs")
            writing = asyncio.ensure_future(WRITES[write](it, NEW))
            await faults.struck.wait()
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing
            assert await seen(it) in (BEFORE[write], AFTER[write])
            faults.released.set()
        async with opened(where) as it:
            await it.settle()
            assert await seen(it) == AFTER[write]
            await nothing_else_is_left(it, AFTER[write])
