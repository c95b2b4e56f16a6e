"""The line of questions: a few are worked on, some wait, and when more come than can be answered nobody waits."""

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
    """Room for `at_once` questions in work, and for `waiting` more behind them.

    Waiting is for bursts: they pass. A line that has overflowed is not a burst; to wait in it would make all answers
    late and none more. So it takes half as many as can be worked on, who are answered as quickly as if they were alone,
    until a window of time has passed in which no more questions were refused than let in.
    """

    def __init__(self, at_once: int, waiting: int | None = None) -> None:
        self.at_once = at_once
        self.waiting = WAITING if waiting is None else waiting
        self._work = asyncio.Semaphore(at_once)
        self._inside = 0
        self._overflowed = False
        self._since = self._last_refusal = time.monotonic()
        self._refused = self._let_in = 0

    def check(self) -> None:
        """Raises `Overloaded` if there is no room now."""
        if self._overflowed and time.monotonic() - self._since >= WINDOW:
            self._overflowed = self._refused > self._let_in and time.monotonic() - self._last_refusal < WINDOW
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
        """Wait for one's turn, and be worked on in the block. Raises `Overloaded`."""
        self.check()
        self._inside += 1
        self._let_in += 1
        try:
            async with self._work:
                yield
        finally:
            self._inside -= 1

    def _begin_window(self) -> None:
        self._since = time.monotonic()
        self._refused = self._let_in = 0


class QueueLimiter:
    """A door that is also closed while the line behind it is full: a question is refused before it is read."""

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
