"""Without Redis the service runs its jobs itself: a bell that is heard in this process only.

What is queued here is lost with the process, which loses nothing: the table has the jobs, and the sweeper rings again.
"""

import asyncio
from collections.abc import Sequence

from api.services.jobs.jobs import Due
from api.services.jobs.worker import Worker


class LocalBell:
    """The port `Bell`."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Due] = asyncio.Queue()
        self._alone = asyncio.Lock()

    async def ring(self, due: Sequence[Due]) -> None:
        for one in due:
            self._queue.put_nowait(one)

    async def waiting(self) -> int:
        return self._queue.qsize()

    async def run(self, worker: Worker, at_once: int) -> None:
        """Run the jobs until cancelled, at most `at_once` at the same time."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(self._listen(worker))

    async def _listen(self, worker: Worker) -> None:
        while True:
            due = await self._queue.get()
            # A context of its own: what a job sets there is none of the next one's.
            await asyncio.create_task(worker.run(due.id))
