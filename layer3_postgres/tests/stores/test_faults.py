"""A fault at any step of an upload, a replacement or a deletion leaves the old state or the new one, and no third."""

import asyncio
import random
import signal
import time
from collections.abc import Mapping
from typing import Any

import pytest

from api.services.library import Draft, StoreUnavailable
from tests.stores.faults import Faults, How
from tests.stores.killed import Stores, calls_of, killed_after_every_step, victim
from tests.stores.opened import Opened, opened
from tests.stores.writes import AFTER, BEFORE, NEW, WRITES, can_be_done_again, nothing_else_is_left, prepare, seen


async def faulty_write(where: Mapping[str, Any], write: str, number: int, how: How) -> bool:
    """Do the write with a fault in the n-th call; whether it says that it is done."""
    faults = Faults()
    async with opened(where, faults=faults) as it:
        faults.arm(number, how)
        try:
            await WRITES[write](it, NEW)
            done = True
        except StoreUnavailable:
            done = False
        assert faults.struck.is_set() or done
        faults.arm(0, how)
        assert await seen(it) in ([AFTER[write]] if done else [BEFORE[write], AFTER[write]])
    return done


async def settled(where: Mapping[str, Any]) -> list[Draft]:
    """What is visible after a restart; on the disks there is nothing else."""
    async with opened(where) as it:
        before = await seen(it)
        await it.settle()
        after = await seen(it)
        assert after == before
        await nothing_else_is_left(it, after)
        return after


@pytest.mark.parametrize("how", ["refused", "unanswered"])
@pytest.mark.parametrize("write", WRITES)
async def test_a_store_that_fails_at_any_step(stores: Stores, write: str, how: How) -> None:
    for number in range(1, await calls_of(stores, write) + 1):
        where = stores()
        await prepare(where, write)
        done = await faulty_write(where, write, number, how)
        assert await settled(where) in ([AFTER[write]] if done else [BEFORE[write], AFTER[write]])
        assert await can_be_done_again(where, write)


@pytest.mark.parametrize("write", WRITES)
async def test_a_process_that_is_killed_after_any_step(stores: Stores, write: str) -> None:
    for where in await killed_after_every_step(stores, write):
        assert await settled(where) in (BEFORE[write], AFTER[write])
        assert await can_be_done_again(where, write)


async def test_a_process_that_is_killed_at_any_moment(stores: Stores) -> None:
    """Also in the middle of a call: writes without end, and a signal that nobody catches."""
    lottery = random.Random(7)
    for _ in range(3):
        where = stores()
        process = victim([{"where": where, "write": "endless", "number": 0, "how": "refused"}])
        assert process.stdout is not None
        await asyncio.to_thread(process.stdout.readline)
        time.sleep(lottery.uniform(0.0, 0.6))  # noqa: ASYNC251 - the moment is what is tested
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.communicate)
        async with opened(where) as it:
            await only_what_is_whole_is_found(it)
            await it.settle()
            await only_what_is_whole_is_found(it)


async def only_what_is_whole_is_found(it: Opened) -> None:
    documents = {document.id: document for document in await it.catalogue.documents(200, None, None)}
    hits = await it.found("line of version", top_k=50)
    assert {hit.document_id for hit in hits} <= documents.keys()
    for document in documents.values():
        assert await it.left_of(document.id) == (document.chunks, document.chunks)
