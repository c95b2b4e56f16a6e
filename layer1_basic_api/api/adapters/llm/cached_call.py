"""An answer that is worth keeping for a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class CachedCall(Generic[T]):
    """What `ask` answered, for `seconds`. Then the next caller asks anew, and the others go on with what is known.

    While nothing is known all wait for the one who asks. Errors are not kept.
    """

    def __init__(self, ask: Callable[[], Awaitable[T]], seconds: float) -> None:
        self.ask = ask
        self.seconds = seconds
        self._known: tuple[float, T] | None = None
        self._asking = asyncio.Lock()

    async def get(self) -> T:
        if self._known and (self._is_fresh() or self._asking.locked()):
            return self._known[1]
        async with self._asking:
            if self._known is None or not self._is_fresh():
                self._known = await self._ask_anew()
            return self._known[1]

    def forget(self) -> None:
        """What is known has turned out to be wrong: ask anew next time."""
        self._known = None

    def _is_fresh(self) -> bool:
        return self._known is not None and time.monotonic() < self._known[0] + self.seconds

    async def _ask_anew(self) -> tuple[float, T]:
        try:
            return time.monotonic(), await self.ask()
        except BaseException:
            self._known = None  # also when the caller did not want to wait any longer
            raise
