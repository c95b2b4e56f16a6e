"""Run jobs: claim one, keep its lease while it runs, and write how it ended."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from uuid import UUID

from api.services.documents.store import StoreUnavailable
from api.services.embedding.encoder_threads import document_rank
from api.services.jobs.current import Work, current_work
from api.services.jobs.jobs import MOST_ATTEMPTS, Claim, Fenced, MoreToDo, error_of
from api.services.jobs.kinds import JobKind
from api.services.jobs.stores import WorkStore
from api.services.serving.ending import end

REPORT_SECONDS = 1.0
"""Between two reports of a job's progress, if it has changed."""
UNAVAILABLE_SECONDS = 0.5
"""The wait before the end of a job is written again to a store that was unavailable."""
RETRY_SECONDS = (1.0, 5.0)
"""The wait after the first and the second error."""

Handler = Callable[[Claim], Awaitable[UUID | None]]
"""Does the work of a job and returns the id of the document that came of it, if any. After a failure it may be called
again."""

logger = logging.getLogger("mystack.jobs")


class Worker:
    """Runs jobs. `seconds`: the longest that one may take. `lease`: how long a silent worker owns one.

    `alone`: runs the jobs that have lost a worker, and no others.
    """

    def __init__(
        self,
        jobs: WorkStore,
        handlers: Mapping[JobKind, Handler],
        *,
        lease: float,
        seconds: float,
        alone: bool = False,
    ) -> None:
        self.jobs = jobs
        self.handlers = handlers
        self.lease = lease
        self.seconds = seconds
        self.alone = alone

    async def run(self) -> None:
        """Run the job that is next, if there is one.

        A message says that there is something to do. Which job that is, the table says: single uploads go before those
        of batches, and a message that is delivered twice costs one statement.
        """
        claim = await self.jobs.claim(self.lease, alone=self.alone)
        if claim is None:
            return
        work = Work(claim)
        current_work.set(work)
        document_rank.set(claim.priority)
        task = asyncio.create_task(self._handled(claim))
        beat = asyncio.create_task(self._beat(work, task))
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:  # this worker is stopping
            await end(task)
            with suppress(StoreUnavailable):
                await self.jobs.release(claim)
            raise
        finally:
            await end(beat)

    async def _handled(self, claim: Claim) -> None:
        try:
            async with asyncio.timeout(self.seconds):
                document_id = await self.handlers[claim.kind](claim)
        except Fenced:
            return
        except MoreToDo:
            await self._written(claim, lambda: self.jobs.release(claim))
        except Exception as error:  # noqa: BLE001 - the edge of a job: whatever happens to it is written down
            await self._failed(claim, error)
        else:
            await self._written(claim, lambda: self.jobs.finish(claim, document_id))

    async def _failed(self, claim: Claim, error: Exception) -> None:
        reason, may_help = error_of(error)
        if reason.code == "internal_error":
            logger.error("job %s", claim.id, exc_info=error)
        last = not may_help or claim.attempts >= MOST_ATTEMPTS
        again = None if last else RETRY_SECONDS[min(claim.attempts, len(RETRY_SECONDS)) - 1]
        await self._written(claim, lambda: self.jobs.fail(claim, reason, again_in=again))

    async def _written(self, claim: Claim, write: Callable[[], Awaitable[None]]) -> None:
        """Write how a job ended, and try again while the store is unavailable, for as long as the lease lasts.

        Otherwise whoever waits for the job waits for the end of its lease, though the store is back after a second. A
        write that was committed without our knowledge is harmless to repeat: the job is no longer the claim's.
        """
        deadline = time.monotonic() + self.lease
        while time.monotonic() < deadline:
            with suppress(StoreUnavailable):
                await write()
                return
            await asyncio.sleep(UNAVAILABLE_SECONDS)
        logger.warning("the end of job %s could not be written: it is run again when its lease is over", claim.id)

    async def _beat(self, work: Work, task: "asyncio.Task[None]") -> None:
        """Renew the lease three times in its length, and when there is progress to report; end the work when the job is
        no longer ours."""
        period, reported = self.lease / 3, (work.stage, work.progress)
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(min(REPORT_SECONDS, period))
            if (work.stage, work.progress) == reported and time.monotonic() - renewed < period:
                continue
            with suppress(StoreUnavailable):  # the lease may still hold when the store is back
                renewed, reported = time.monotonic(), (work.stage, work.progress)
                if not await self.jobs.renew(work.claim, self.lease, *reported):
                    task.cancel()
                    return
