"""An answer that is worth keeping for a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """What `ask` answered, for `seconds`; then it is asked anew, once for all who wait. Errors are not kept."""

    def __init__(self, ask: Callable[[], Awaitable[T]], seconds: float) -> None:
        self.ask = ask
        self.seconds = seconds
        self._kept: tuple[float, T] | None = None
        self._asking = asyncio.Lock()

    async def get(self) -> T:
        async with self._asking:
            if self._kept is None or time.monotonic() > self._kept[0] + self.seconds:
                self._kept = None
                self._kept = (time.monotonic(), await self.ask())
            return self._kept[1]
