"""The slots of a language model: a few generations at the same time, and a bounded queue behind them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.errors import ModelBusy

QUEUE_LENGTH = 100


class Slots:
    """At most `at_once` generations. Further ones wait in order, each for at most `seconds`."""

    def __init__(self, provider: str, at_once: int, seconds: float) -> None:
        self.provider = provider
        self.seconds = seconds
        self.waiting = 0
        self._free = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold a slot for the block. Raises `ModelBusy` if the queue is full or the wait too long."""
        await self._acquire()
        try:
            yield
        finally:
            self._free.release()

    async def _acquire(self) -> None:
        if self.waiting >= QUEUE_LENGTH:
            raise ModelBusy(f"{self.provider} is busy: {self.waiting} requests are already waiting for it.")
        self.waiting += 1
        try:
            async with asyncio.timeout(self.seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise ModelBusy(f"{self.provider} is busy: no slot was free for {self.seconds:g} s.") from error
        finally:
            self.waiting -= 1
