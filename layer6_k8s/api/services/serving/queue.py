"""The question queue: a few questions are worked on, some wait, and under sustained overload none waits."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.errors import Overloaded
from api.services.serving.admission import Limiter

WINDOW = 1.0  # seconds
WAITING = 30
"""Further questions that may queue during a burst; under sustained overload they get 503 instead."""


class QuestionQueue:
    """`at_once` questions in work, and up to `waiting` behind them.

    Queueing absorbs bursts. Once the queue overflows, waiting only adds latency, not throughput. So until a window has
    passed in which no more questions were refused than admitted, half of `at_once` are worked on, as fast as if they
    were alone, and none waits.
    """

    def __init__(self, at_once: int, waiting: int | None = None) -> None:
        self.at_once = at_once
        self.waiting = WAITING if waiting is None else waiting
        self._slots = asyncio.Semaphore(at_once)
        self._inside = 0
        self._overflowed = False
        self._since = self._last_refusal = time.monotonic()
        self._refused = self._admitted = 0

    def check(self) -> None:
        """Raises `Overloaded` if a question would be refused now."""
        if self._overflowed and time.monotonic() - self._since >= WINDOW:
            self._overflowed = self._refused > self._admitted and time.monotonic() - self._last_refusal < WINDOW
            self._begin_window()
        room = (self.at_once + 1) // 2 if self._overflowed else self.at_once + self.waiting
        if self._inside < room:
            return
        if not self._overflowed:
            self._overflowed = True
            self._begin_window()
        self._refused += 1
        self._last_refusal = time.monotonic()
        raise Overloaded

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a slot for the block, after waiting for one. Raises `Overloaded`."""
        self.check()
        self._inside += 1
        self._admitted += 1
        try:
            async with self._slots:
                yield
        finally:
            self._inside -= 1

    def _begin_window(self) -> None:
        self._since = time.monotonic()
        self._refused = self._admitted = 0


class QueueLimiter:
    """A `Limiter` that also refuses while the queue is full: before the question's body is read."""

    def __init__(self, limiter: Limiter, queue: QuestionQueue) -> None:
        self.limiter = limiter
        self.queue = queue

    async def acquire(self) -> None:
        """See `Limiter`."""
        self.queue.check()
        await self.limiter.acquire()

    def release(self) -> None:
        """See `Limiter`."""
        self.limiter.release()
