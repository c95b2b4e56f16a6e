"""A fault at any step of an upload, a replacement or a deletion leaves the old state or the new one, and no third."""

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from api.services.documents.store import NewDocument, StoreUnavailable
from tests.stores.faults import Faults, How
from tests.stores.killed import ENOUGH, killed_after_every_step, victim
from tests.stores.opened import Opened, opened
from tests.stores.writes import AFTER, BEFORE, NEW, WRITES, can_be_done_again, nothing_else_is_left, prepare, seen

Stores = Callable[[], dict[str, Any]]


async def faulty_write(where: Mapping[str, Any], write: str, number: int, how: How) -> tuple[bool, bool]:
    """Do the write with a fault in the n-th call. Did the fault come, and did the write say that it is done?"""
    faults = Faults()
    async with opened(where, faults=faults) as it:
        faults.arm(number, how)
        try:
            await WRITES[write](it, NEW)
            done = True
        except StoreUnavailable:
            done = False
        struck = faults.struck.is_set()
        faults.arm(0, how)
        assert await seen(it) in ([AFTER[write]] if done else [BEFORE[write], AFTER[write]])
    return struck, done


async def settled(where: Mapping[str, Any]) -> list[NewDocument]:
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
    where = stores()
    for number in range(1, ENOUGH):
        await prepare(where, write)
        struck, done = await faulty_write(where, write, number, how)
        assert await settled(where) in ([AFTER[write]] if done else [BEFORE[write], AFTER[write]])
        if not struck:
            assert number > 5
            return
        assert await can_be_done_again(where, write)
    raise AssertionError("the write never ended")


@pytest.mark.parametrize("write", WRITES)
async def test_a_process_that_is_killed_after_any_step(stores: Stores, write: str) -> None:
    where = stores()
    async for _ in killed_after_every_step(where, write):
        assert await settled(where) in (BEFORE[write], AFTER[write])
        assert await can_be_done_again(where, write)


async def test_a_process_that_is_killed_at_any_moment(stores: Stores) -> None:
    """Also in the middle of a call: writes without end, and a signal that nobody catches."""
    lottery = random.Random(7)
    for _ in range(3):
        where = stores()
        with victim() as process:
            assert await process.does(where, "endless", 0) == "1"
            time.sleep(lottery.uniform(0.0, 0.6))  # noqa: ASYNC251 - the moment is what is tested
        async with opened(where) as it:
            await only_what_is_whole_is_found(it)
            await it.settle()
            await only_what_is_whole_is_found(it)


async def only_what_is_whole_is_found(it: Opened) -> None:
    documents = {document.id: document for document in await it.reader.documents(200, None, None)}
    hits = await it.found("line of version", top_k=50)
    assert {hit.document_id for hit in hits} <= documents.keys()
    for document in documents.values():
        assert await it.left_of(document.id) == (document.chunks, document.chunks)
