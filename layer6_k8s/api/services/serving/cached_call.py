"""The result of a call, cached for a short time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class CachedCall(Generic[T]):
    """The result of `call`, for `seconds`. Then the next caller renews it; meanwhile the others get the old result.

    While there is no result, all wait for the first caller. Errors are not cached.
    """

    def __init__(self, call: Callable[[], Awaitable[T]], seconds: float) -> None:
        self.call = call
        self.seconds = seconds
        self._known: tuple[float, T] | None = None
        self._renewing = asyncio.Lock()

    async def get(self) -> T:
        if self._known and (self._is_fresh() or self._renewing.locked()):
            return self._known[1]
        async with self._renewing:
            if self._known is None or not self._is_fresh():
                self._known = await self._renewed()
            return self._known[1]

    def forget(self) -> None:
        """Drop the result: it turned out to be wrong."""
        self._known = None

    def _is_fresh(self) -> bool:
        return self._known is not None and time.monotonic() < self._known[0] + self.seconds

    async def _renewed(self) -> tuple[float, T]:
        try:
            return time.monotonic(), await self.call()
        except BaseException:
            self._known = None  # also when the caller was cancelled
            raise
