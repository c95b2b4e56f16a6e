"""A fault at any step of an upload, a replacement or a deletion leaves the old state or the new one, and no third."""

import asyncio
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from api.services.library import StoreUnavailable
from tests.stores.faults import Faults, How
from tests.stores.opened import Opened, opened
from tests.stores.writes import AFTER, BEFORE, NEW, WRITES, can_be_done_again, prepare, seen, settled

Stores = Callable[[], dict[str, Any]]
ENOUGH = 20  # no write makes so many calls


async def faulty_write(where: Mapping[str, Any], write: str, number: int, how: How) -> tuple[bool, bool]:
    """Do the write with a fault in the n-th call. Did the fault come, and did the write say that it is done?"""
    faults = Faults()
    async with opened(where, wrap=faults.wrap) as it:
        faults.arm(number, how)
        try:
            await WRITES[write](it, NEW)
            done = True
        except StoreUnavailable:
            done = False
        faults.left = 0
        if done:
            assert await seen(it) == AFTER[write]
        else:
            assert await seen(it) in (BEFORE[write], AFTER[write])
    return faults.struck.is_set(), done


@pytest.mark.parametrize("how", ["refused", "unanswered"])
@pytest.mark.parametrize("write", WRITES)
async def test_a_store_that_fails_at_any_step(stores: Stores, write: str, how: How) -> None:
    for number in range(1, ENOUGH):
        where = stores()
        await prepare(where, write)
        struck, done = await faulty_write(where, write, number, how)
        after = await settled(where)
        assert after == AFTER[write] if done else after in (BEFORE[write], AFTER[write])
        if not struck:
            assert number > 5
            return
        assert await can_be_done_again(where, write)
    raise AssertionError("the write never ended")


@pytest.mark.parametrize("write", WRITES)
async def test_a_caller_who_is_cancelled_at_any_step_stops_nothing_half_way(stores: Stores, write: str) -> None:
    for number in range(1, ENOUGH):
        where = stores()
        await prepare(where, write)
        faults = Faults()
        async with opened(where, wrap=faults.wrap) as it:
            faults.arm(number, "hangs")
            writing = asyncio.ensure_future(WRITES[write](it, NEW))
            await first_of(faults.struck, writing)
            if writing.done():
                assert number > 5
                return
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing
            assert await seen(it) in (BEFORE[write], AFTER[write])
            faults.released.set()
        assert await settled(where) == AFTER[write]
    raise AssertionError("the write never ended")


async def first_of(event: asyncio.Event, task: asyncio.Future[None]) -> None:
    waiting = asyncio.ensure_future(event.wait())
    await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def victim(jobs: list[dict[str, Any]]) -> subprocess.Popen[str]:
    """A process that does the writes, each in a child of its own, and prints how each child ended."""
    command = [sys.executable, "-m", "tests.stores.victim", json.dumps(jobs, default=str)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("how", ["dies before", "dies after"])
async def test_a_process_that_dies_at_any_step(stores: Stores, how: How) -> None:
    jobs = [
        {"where": stores(), "write": write, "number": number, "how": how}
        for write, calls in (("publish", 6), ("replace", 8), ("remove", 6))
        for number in range(1, calls + 1)
    ]
    for job in jobs:
        await prepare(job["where"], job["write"])
    output, _ = await asyncio.to_thread(victim(jobs).communicate)
    assert output.split() == ["9"] * len(jobs)
    for job in jobs:
        assert await settled(job["where"]) in (BEFORE[job["write"]], AFTER[job["write"]])
        assert await can_be_done_again(job["where"], job["write"])


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
        await consistent_after_restart(where)


async def consistent_after_restart(where: Mapping[str, Any]) -> None:
    async with opened(where) as it:
        await it.library.settle()
        await only_what_is_whole_is_found(it)
        report = await it.consistency().check(repair=True)
        assert not report.missing_vectors
        assert not report.damaged
        assert (await it.consistency().check()).unfinished_writes == 0
        await only_what_is_whole_is_found(it)


async def only_what_is_whole_is_found(it: Opened) -> None:
    documents = {document.id: document for document in await it.catalogue.documents(200, None, None)}
    hits = await it.found("line of version", top_k=50)
    assert {hit.document_id for hit in hits} <= documents.keys()
    for document in documents.values():
        assert await it.left_of(document.id) == (document.chunks, document.chunks)
