"""Makes the n-th call to a store fail, in several ways."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from api.services.documents.store import StoreUnavailable

How = Literal["refused", "unanswered", "hangs", "dies"]
T = TypeVar("T")


def unavailable() -> Exception:
    return StoreUnavailable("an injected fault")


class Faults:
    """Counts the calls to the stores. After `arm(n, how)`, the n-th call fails.

    refused: it has no effect and raises. unanswered: it has its effect but raises. hangs: it waits until `released` is
    set. dies: it has its effect, and the process is killed.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.number = 0
        self.how: How = "refused"
        self.struck = asyncio.Event()
        self.released = asyncio.Event()

    def arm(self, number: int, how: How) -> None:
        """0: no call fails."""
        self.calls = 0
        self.number = number
        self.how = how

    async def call(self, call: Callable[[], Awaitable[T]], lost: Callable[[], Exception] = unavailable) -> T:
        """Make the call, or let it fail; `lost` creates the error of an unreachable store."""
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
