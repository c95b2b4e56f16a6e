"""The use cases of A/B tests: begin, look, stop; and the look that a running test takes at itself."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from api.services.ab_tests.ab_test import ABTest, ABTestNotFound, ABTestStore, Activity
from api.services.ab_tests.needed import USUAL_RATE, needed
from api.services.ab_tests.report import Report, report
from api.services.chat.models import Models
from api.services.documents.store import StoreUnavailable

LOOK_SECONDS = 2.0
"""How often a running test looks whether it must stop; after at most so long, other processes follow."""

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

    async def begin(self, test: ABTest) -> None:
        """Raises `ModelNotFound` if no provider serves the model of an arm, and `ABTestRunning`."""
        for arm in test.arms:
            if arm.overrides.model:
                await self.models.choose(arm.overrides.model)
        await self.store.add(test)
        self.running = test

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
        exposures = await self.store.exposures(test)
        return await asyncio.to_thread(report, test, exposures)

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
            with suppress(StoreUnavailable):
                await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Follow what other processes began and stopped, and stop the running test if it must."""
        test = self.running = await self.store.running()
        if test is None:
            return
        activity = test.id, await self.store.activity(test)
        if activity == self._looked:
            return
        found = await self.report(test)
        self._looked = activity
        if found.must_stop:
            await self._stop(test, found.must_stop, found)

    async def _stop(self, test: ABTest, reason: str, found: Report) -> None:
        if await self.store.stop(test.id, reason, found.verdict):
            logger.warning("the A/B test %r was stopped: %s", test.name, reason)
        if self.running and self.running.id == test.id:
            self.running = None
