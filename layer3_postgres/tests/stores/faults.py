"""Stores that fail at the n-th call, and in what way."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from api.services.documents.store import StoreUnavailable

How = Literal["refused", "unanswered", "hangs", "dies"]
T = TypeVar("T")


def unavailable() -> Exception:
    return StoreUnavailable("it was made to fail")


class Faults:
    """Counts the calls to the stores. From `arm(n, how)` on, the n-th call goes wrong.

    refused: it is not carried out, and says so. unanswered: it is carried out, but says that it was not.
    hangs: it waits until `released` is set. dies: it is carried out, and the process is killed.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.number = 0
        self.how: How = "refused"
        self.struck = asyncio.Event()
        self.released = asyncio.Event()

    def arm(self, number: int, how: How) -> None:
        """0: none goes wrong."""
        self.calls = 0
        self.number = number
        self.how = how

    async def call(self, call: Callable[[], Awaitable[T]], lost: Callable[[], Exception] = unavailable) -> T:
        """Make the call, unless its number is up; `lost` makes the error of a store that is gone."""
        self.calls += 1
        if self.calls != self.number:
            return await call()
        self.struck.set()
        match self.how:
            case "refused":
                raise lost()
            case "hangs":
                await self.released.wait()
        result = await call()
        if self.how == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "unanswered":
            raise lost()
        return result
