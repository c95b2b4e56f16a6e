"""The use cases of A/B tests: begin, look, stop; and the look that a running test takes at itself."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from api.services.ab_tests.ab_test import ABTest, ABTestNotFound, ABTestStore, Activity
from api.services.ab_tests.needed import USUAL_RATE, needed
from api.services.ab_tests.report import Report, report
from api.services.chat.models import Models
from api.services.documents.store import StoreUnavailable

LOOK_SECONDS = 2.0
"""How often a running test looks whether it must stop; after at most so long, other processes follow."""
SHARE = 0.1
"""Of the time, at most, that reports for these looks take: that of a test with many answers takes seconds."""

logger = logging.getLogger("mystack.ab_tests")


@dataclass(frozen=True)
class Needed:
    """Rated conversations, of both arms together, to find `difference` in 80 % of tests, at a rate of `rate`."""

    conversations: int
    difference: float
    rate: float


class ABTestService:
    """`running`: the test that turns are answered in. Kept here, so that no question waits for the database."""

    def __init__(self, store: ABTestStore, models: Models) -> None:
        self.store = store
        self.models = models
        self.running: ABTest | None = None
        self._looked: tuple[UUID, Activity] | None = None
        self._next_report = 0.0
        self._changes = 0
        self._reporting = asyncio.Lock()
        self._last: tuple[ABTest, Activity, Report] | None = None

    async def begin(self, test: ABTest) -> None:
        """Raises `ModelNotFound` if no provider serves the model of an arm, and `ABTestRunning`."""
        for arm in test.arms:
            if arm.overrides.model:
                await self.models.choose(arm.overrides.model)
        await self.store.add(test)
        self._set(test)

    async def get(self, id: UUID) -> ABTest:
        """Raises `ABTestNotFound`."""
        test = await self.store.get(id)
        if test is None:
            raise ABTestNotFound(f"There is no A/B test {id}.")
        return test

    async def all(self) -> Sequence[ABTest]:
        """Newest first."""
        return await self.store.all()

    async def report(self, test: ABTest) -> Report:
        """One at a time; the last one is kept until something happens in its test."""
        async with self._reporting:
            activity = await self.store.activity(test)
            if self._last is None or self._last[:2] != (test, activity):
                exposures = await self.store.exposures(test)
                self._last = test, activity, await asyncio.to_thread(report, test, exposures)
            return self._last[2]

    async def needed(self, test: ABTest, difference: float) -> Needed:
        """At the rate of the last votes."""
        rate = await self.store.rate()
        rate = USUAL_RATE if rate is None else rate
        a, b = test.weights
        number = await asyncio.to_thread(needed, rate, difference, test.stop, b / (a + b))
        return Needed(number, difference, rate)

    async def stop(self, id: UUID, reason: str) -> ABTest:
        """Stop a test, and keep its verdict; one that was stopped stays as it is. Raises `ABTestNotFound`."""
        test = await self.get(id)
        if test.stopped_at is None:
            await self._stop(test, reason, await self.report(test))
        return await self.get(id)

    async def run(self) -> None:
        """Look until cancelled. An unreachable database is tried again."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                if self.running:
                    logger.warning("the running A/B test could not be looked at: %s", error)
            except Exception:  # the edge of a task: a test that is stopped elsewhere must still be followed
                self._set(None)
                logger.exception("the running A/B test could not be read, so no answer is given in its arms")
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Follow what other processes began and stopped, and stop the running test if it must."""
        changes = self._changes
        test = await self.store.running()
        if changes != self._changes:
            return  # begun or stopped here while it was read
        self.running = test
        if test is None or time.monotonic() < self._next_report:
            return
        activity = test.id, await self.store.activity(test)
        if activity == self._looked:
            return
        began = time.monotonic()
        found = await self.report(test)
        self._next_report = time.monotonic() + (time.monotonic() - began) / SHARE
        self._looked = activity
        if found.must_stop:
            await self._stop(test, found.must_stop, found)

    async def _stop(self, test: ABTest, reason: str, found: Report) -> None:
        if await self.store.stop(test.id, reason, found.verdict):
            logger.warning("the A/B test %r was stopped: %s", test.name, reason)
        if self.running and self.running.id == test.id:
            self._set(None)

    def _set(self, test: ABTest | None) -> None:
        self.running = test
        self._changes += 1
