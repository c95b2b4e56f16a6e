"""Background tasks end, also one that missed its cancellation."""

import asyncio

import pytest

from api.services.serving import ending
from api.services.serving.ending import end


async def test_a_task_that_missed_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_SECONDS", 0.01)
    missed = 0

    async def work() -> None:
        nonlocal missed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if missed == 2:
                    raise
                missed += 1

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await end(task)
    assert (task.cancelled(), missed) == (True, 2)


async def test_a_task_that_cleans_up_is_not_cancelled_again() -> None:
    cleaned = False

    async def work() -> None:
        nonlocal cleaned
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            cleaned = True

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    await end(task)
    assert cleaned


async def test_without_tasks_nothing_is_waited_for() -> None:
    await end()
