"""Without Redis the service runs its jobs itself: a bell that is heard in this process only.

What is queued here is lost with the process, which loses nothing: the table has the jobs, and the sweeper rings again.
"""

import asyncio
from collections.abc import Sequence

from api.services.jobs.jobs import Due
from api.services.jobs.worker import Worker
from api.services.serving.ending import end


class LocalBell:
    """The port `Bell`."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Due] = asyncio.Queue()

    async def ring(self, due: Sequence[Due]) -> None:
        for one in due:
            self._queue.put_nowait(one)

    async def waiting(self) -> int:
        return self._queue.qsize()

    async def run(self, worker: Worker, alone: Worker, at_once: int) -> None:
        """Run the jobs until cancelled, at most `at_once` at the same time; `alone` runs those that lost a worker."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(self._listen(worker, alone))

    async def _listen(self, worker: Worker, alone: Worker) -> None:
        while True:
            due = await self._queue.get()
            # A context of its own: what a job sets there is none of the next one's.
            task = asyncio.create_task((alone if due.alone else worker).run())
            try:
                await asyncio.wait({task})
            finally:
                await end(task)
