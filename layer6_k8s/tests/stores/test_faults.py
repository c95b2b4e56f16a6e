"""After a fault at any step of a write, the documents are in the state before or after it, and in no other."""

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
    """Run the write with a fault in the n-th call. Did the fault occur, and did the write succeed?"""
    faults = Faults()
    async with opened(where, faults=faults) as harness:
        faults.arm(number, how)
        try:
            await WRITES[write](harness, NEW)
            done = True
        except StoreUnavailable:
            done = False
        struck = faults.struck.is_set()
        faults.arm(0, how)
        assert await seen(harness) in ([AFTER[write]] if done else [BEFORE[write], AFTER[write]])
    return struck, done


async def after_restart(where: Mapping[str, Any]) -> list[NewDocument]:
    """The drafts that are visible after a restart and a clean-up; nothing else is stored."""
    async with opened(where) as harness:
        before = await seen(harness)
        await harness.clean_up()
        after = await seen(harness)
        assert after == before
        await nothing_else_is_left(harness, after)
        return after


@pytest.mark.parametrize("how", ["refused", "unanswered"])
@pytest.mark.parametrize("write", WRITES)
async def test_a_store_may_fail_at_any_step(stores: Stores, write: str, how: How) -> None:
    where = stores()
    for number in range(1, ENOUGH):
        await prepare(where, write)
        struck, done = await faulty_write(where, write, number, how)
        assert await after_restart(where) in ([AFTER[write]] if done else [BEFORE[write], AFTER[write]])
        if not struck:
            assert number > 5
            return
        assert await can_be_done_again(where, write)
    raise AssertionError("the write never ended")


@pytest.mark.parametrize("write", WRITES)
async def test_the_process_may_be_killed_after_any_step(stores: Stores, write: str) -> None:
    where = stores()
    async for _ in killed_after_every_step(where, write):
        assert await after_restart(where) in (BEFORE[write], AFTER[write])
        assert await can_be_done_again(where, write)


async def test_the_process_may_be_killed_at_any_moment(stores: Stores) -> None:
    """Also in the middle of a call: endless writes, and SIGKILL."""
    lottery = random.Random(7)
    for _ in range(3):
        where = stores()
        with victim() as process:
            assert await process.run(where, "endless", 0) == "1"
            time.sleep(lottery.uniform(0.0, 0.6))  # noqa: ASYNC251 - the moment is what is tested
        async with opened(where) as harness:
            await only_complete_documents_are_found(harness)
            await harness.clean_up()
            await only_complete_documents_are_found(harness)


async def only_complete_documents_are_found(harness: Opened) -> None:
    documents = {document.id: document for document in await harness.reader.documents(200, None, None)}
    hits = await harness.found("line of version", top_k=50)
    assert {hit.document_id for hit in hits} <= documents.keys()
    for document in documents.values():
        assert await harness.left_of(document.id) == (document.chunks, document.chunks)
