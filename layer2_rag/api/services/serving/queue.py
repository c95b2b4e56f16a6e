"""The question queue: a few questions are worked on, a few wait for a moment, further ones are refused."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.errors import Overloaded
from api.services.serving.admission import Limiter

WAITING = 30
"""Most questions that wait at the same time."""
WAIT_SECONDS = 1.0
"""Longest wait for a slot."""
CALM_SECONDS = 0.25
"""Time after a refusal in which no question waits."""


class QuestionQueue:
    """`at_once` questions in work, and up to `waiting` behind them.

    Waiting is for bursts; under sustained overload it only adds latency. So a question that comes within `CALM_SECONDS`
    of a refusal takes a free slot or is refused itself.
    """

    def __init__(self, at_once: int, waiting: int | None = None) -> None:
        self.at_once = at_once
        self.waiting = WAITING if waiting is None else waiting
        self._slots = asyncio.Semaphore(at_once)
        self._inside = 0
        self._refused_at = -math.inf

    def check(self) -> None:
        """Raises `Overloaded` if a question would be refused now."""
        calm = time.monotonic() - self._refused_at > CALM_SECONDS
        if self._inside >= self.at_once + (self.waiting if calm else 0):
            self._refused_at = time.monotonic()
            raise Overloaded

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a slot for the block, after waiting for one. Raises `Overloaded`."""
        self.check()
        self._inside += 1
        try:
            await self._acquire()
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._inside -= 1

    async def _acquire(self) -> None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._slots.acquire()
        except TimeoutError as error:
            self._refused_at = time.monotonic()
            raise Overloaded from error


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
