"""The sweeper: takes jobs back from workers that are gone, and rings for those that nobody was told about.

Publishing a message after a commit is a courtesy, and messages get lost. The sweeper makes up for both.
"""

import asyncio
import logging
from contextlib import suppress

from api.services.documents.store import StoreUnavailable
from api.services.jobs.jobs import BrokerUnavailable
from api.services.jobs.stores import Bell, Sweeping

SWEEP_SECONDS = 1.0
GRACE_SECONDS = 5.0
"""After that time a published job whose message is not in the queue counts as forgotten."""
AT_ONCE = 500
"""Jobs published in one sweep."""

logger = logging.getLogger("mystack.jobs")


class Sweeper:
    def __init__(self, jobs: Sweeping, bell: Bell, *, grace: float = GRACE_SECONDS) -> None:
        self.jobs = jobs
        self.bell = bell
        self.grace = grace

    async def run(self) -> None:
        """Sweep until cancelled. An unreachable database or broker is tried again."""
        while True:
            with suppress(StoreUnavailable, BrokerUnavailable):
                await self.sweep()
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """One sweep. What is published again is only what was lost: a long queue would double with every grace period
        if its jobs were published again while their messages wait in it."""
        lost = await self.jobs.take_back()
        if lost:
            logger.warning("%d jobs lost their worker", lost)
        empty = await self.bell.waiting() == 0
        due = await self.jobs.due(self.grace, queue_is_empty=empty, limit=AT_ONCE)
        if not due:
            return
        try:
            await self.bell.ring(due)
        except BrokerUnavailable:
            await self.jobs.unpublish([one.id for one in due])
            raise
