"""The way from the wish to stop to the end, on which no request is dropped.

1. `begin`: /health/ready answers 503, so that a load balancer looks elsewhere, and every connection closes after
   its answer; all requests are still answered.
2. `close`: new work is refused with 503; running work goes on.
3. `end`: what still runs is told so: a stream ends with an error event, everything else with 503.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

LAST_WORDS = 1.0  # seconds; a client that does not read does not get them


class Shutdown:
    """Where on that way the service is, and which requests are running."""

    def __init__(self) -> None:
        self.begun = False
        self.closed = False
        self._running: set[asyncio.Task[object]] = set()
        self._ended: set[asyncio.Task[object]] = set()
        self._idle = asyncio.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """The current task answers a request, for as long as the block lasts."""
        task = _current_task()
        self._running.add(task)
        try:
            yield
        finally:
            self._running.discard(task)
            self._ended.discard(task)
            if self.closed and not self._running:
                self._idle.set()

    def took_back(self) -> bool:
        """In a task that was cancelled: whether `end` did it. Then it goes on, to say why it ends."""
        task = _current_task()
        if task not in self._ended:
            return False
        self._ended.discard(task)
        return task.uncancel() == 0

    async def run(self, drain: float, seconds: float) -> None:
        """All three steps: `drain` seconds to the second one, at most `seconds` more to the third."""
        self.begun = True
        await asyncio.sleep(drain)
        self.closed = True
        if await self._until_idle(seconds):
            return
        self._ended = set(self._running)
        for task in self._ended:
            task.cancel()
        await self._until_idle(LAST_WORDS)

    async def _until_idle(self, seconds: float) -> bool:
        if not self._running:
            return True
        try:
            async with asyncio.timeout(seconds):
                return await self._idle.wait()
        except TimeoutError:
            return False


def _current_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("requests are answered in tasks")
    return task
