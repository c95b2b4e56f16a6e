"""Waiting for jobs: one query at a time for all requests that wait, however many they are."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from api.services.documents.store import StoreUnavailable
from api.services.jobs.jobs import OPEN, Job
from api.services.jobs.stores import JobStore

FIRST_SECONDS, LONGEST_SECONDS = 0.05, 0.5
"""The pause between two looks, which grows while nothing happens."""


class JobWatch:
    """Looks at the jobs that somebody waits for. `run` has to be running."""

    def __init__(self, jobs: JobStore) -> None:
        self.jobs = jobs
        self._waiting: dict[UUID, asyncio.Event] = {}
        self._latest: dict[UUID, Job] = {}
        self._somebody = asyncio.Event()

    async def ended(self, job: Job, seconds: float) -> Job:
        """The job once it has ended, or as it is after `seconds`."""
        return await self.until(job, seconds, lambda latest: latest.state not in OPEN)

    async def changed(self, job: Job, seconds: float) -> Job:
        """The job once its state, stage or progress is another, or as it is after `seconds`."""
        return await self.until(job, seconds, lambda latest: latest != job)

    async def until(self, job: Job, seconds: float, condition: Callable[[Job], bool]) -> Job:
        deadline = time.monotonic() + seconds
        while not condition(job) and (left := deadline - time.monotonic()) > 0:
            event = self._waiting.setdefault(job.id, asyncio.Event())
            self._somebody.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await event.wait()
            job = self._latest.get(job.id, job)
        return job

    async def run(self) -> None:
        """Look until cancelled."""
        pause = FIRST_SECONDS
        while True:
            await self._somebody.wait()
            await asyncio.sleep(pause)
            pause = FIRST_SECONDS if await self._look() else min(2 * pause, LONGEST_SECONDS)

    async def _look(self) -> bool:
        """Whether a job that somebody waits for has changed."""
        waiting, self._waiting = self._waiting, {}
        self._somebody.clear()
        with suppress(StoreUnavailable):
            found = {job.id: job for job in await self.jobs.jobs(list(waiting))}
            changed = any(self._latest.get(id) != job for id, job in found.items())
            self._latest = found
            for event in waiting.values():
                event.set()
            return changed
        for id, event in waiting.items():  # they wait on
            self._waiting.setdefault(id, event)
        self._somebody.set()
        return False
