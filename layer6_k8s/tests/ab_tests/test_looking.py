"""The look that a running test takes at itself: it follows others, goes on after errors, and takes little time."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import anyio
import pytest

from api.services.ab_tests import service as module
from api.services.ab_tests.ab_test import ABTest, Activity, Exposure, Overrides, TestArm, Verdict
from api.services.ab_tests.service import ABTestService

ARMS = TestArm("a", 1, Overrides()), TestArm("b", 1, Overrides(top_k=1))
TEST = ABTest(UUID(int=1), "test", ARMS, "conversation", "feedback_positive", (), 500, "sequential", datetime.now(UTC))


class Store:
    """The port `ABTestStore`, in memory. `reading` is called before the running test is returned."""

    def __init__(self, test: ABTest | None = TEST) -> None:
        self.test = test
        self.answers = 0
        self.reports = 0
        self.seconds = 0.0
        self.errors: list[Exception] = []
        self.reading: Any = None

    async def add(self, test: ABTest) -> None:
        self.test = test

    async def stop(self, id: UUID, reason: str, verdict: Verdict) -> bool:
        self.test = None
        return True

    async def get(self, id: UUID) -> ABTest | None:
        return TEST

    async def all(self) -> list[ABTest]:
        return []

    async def running(self) -> ABTest | None:
        if self.errors:
            raise self.errors.pop()
        found = self.test
        if self.reading:
            await self.reading()
        return found

    async def activity(self, test: ABTest) -> Activity:
        return self.answers, 0, None

    async def exposures(self, test: ABTest) -> list[Exposure]:
        self.reports += 1
        await asyncio.sleep(self.seconds)
        return []

    async def rate(self) -> float | None:
        return None


def looking(store: Store) -> ABTestService:
    models: Any = None
    return ABTestService(store, models)


async def test_a_test_that_is_stopped_while_it_is_read_does_not_come_back() -> None:
    store = Store()
    service = looking(store)
    await service.look()
    store.reading = lambda: service.stop(TEST.id, "enough")
    await service.look()
    assert service.running is None


async def test_a_test_that_is_begun_while_none_is_read_goes_on() -> None:
    store = Store(None)
    service = looking(store)
    store.reading = lambda: service.begin(TEST)
    await service.look()
    assert service.running is TEST


async def test_after_an_error_the_running_test_is_followed_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    store = Store()
    service = looking(store)
    await service.look()
    store.errors = [TypeError("an override of a newer release")]
    stopped = asyncio.Event()

    async def reading() -> None:
        stopped.set()

    store.reading = reading
    task = asyncio.create_task(service.run())
    with anyio.fail_after(10):
        await stopped.wait()
        while service.running is None:  # noqa: ASYNC110 - polled
            await asyncio.sleep(0.01)
    task.cancel()
    assert "an override of a newer release" in caplog.text


async def test_a_report_is_made_once_for_all_who_ask_until_something_happens() -> None:
    store = Store()
    service = looking(store)
    first, *others = await asyncio.gather(*(service.report(TEST) for _ in range(5)))
    assert all(other is first for other in others)
    assert store.reports == 1
    store.answers += 1
    await service.report(TEST)
    assert store.reports == 2


async def test_looks_at_a_test_whose_report_takes_long_are_seldom() -> None:
    store = Store()
    store.seconds = 0.5
    service = looking(store)
    for _ in range(3):  # the next report is due after five seconds
        store.answers += 1
        await service.look()
    assert store.reports == 1
    assert service.running is TEST
