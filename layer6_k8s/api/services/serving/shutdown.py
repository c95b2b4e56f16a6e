"""Graceful shutdown in three steps.

1. `begin`: /health/ready answers 503, so that a load balancer sends new requests elsewhere, and each connection closes
   after its response; all requests are still answered.
2. `close`: new work gets 503; running requests continue.
3. `end`: the remaining requests are cancelled: a stream ends with an error event, other requests with 503.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

GRACE_SECONDS = 1.0
"""Grace period for the final error events; a client that does not read them misses them."""


class Shutdown:
    """Which step has been reached, and which requests are running."""

    def __init__(self) -> None:
        self.begun = False
        self.closed = False
        self._running: set[asyncio.Task[object]] = set()
        self._ended: set[asyncio.Task[object]] = set()
        self._idle = asyncio.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Counts the current task as a running request while the block lasts."""
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
        """In a cancelled task: whether step 3 cancelled it. If so, the task continues, to send its final error."""
        task = _current_task()
        if task not in self._ended:
            return False
        self._ended.discard(task)
        return task.uncancel() == 0

    async def run(self, drain: float, seconds: float) -> None:
        """All three steps: the second after `drain` seconds, the third at most `seconds` later."""
        self.begun = True
        await asyncio.sleep(drain)
        self.closed = True
        if await self._until_idle(seconds):
            return
        self._ended = set(self._running)
        for task in self._ended:
            task.cancel()
        await self._until_idle(GRACE_SECONDS)

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
