"""Stores that fail at the n-th call, and in what way."""

import asyncio
import os
from typing import Any, Literal

from api.services.library import StoreUnavailable

How = Literal["refused", "unanswered", "hangs", "dies before", "dies after"]


class Faults:
    """Counts the calls to all ports together. From `arm(n, how)` on, the n-th call goes wrong.

    refused: it is not carried out, and says so. unanswered: it is carried out, but says that it was not.
    hangs: it waits until `released` is set. dies before, dies after: the process ends, at once and without a word.
    """

    def __init__(self) -> None:
        self.left = 0
        self.how: How = "refused"
        self.struck = asyncio.Event()
        self.released = asyncio.Event()

    def arm(self, number: int, how: How) -> None:
        self.left = number
        self.how = how

    def wrap(self, name: str, port: Any) -> Any:
        return _Port(self, port)

    async def call(self, method: Any, arguments: Any) -> Any:
        self.left -= 1
        if self.left != 0:
            return await method(*arguments)
        self.struck.set()
        match self.how:
            case "dies before":
                os._exit(9)
            case "refused":
                raise StoreUnavailable("refused")
            case "hangs":
                await self.released.wait()
        result = await method(*arguments)
        if self.how == "dies after":
            os._exit(9)
        if self.how == "unanswered":
            raise StoreUnavailable("unanswered")
        return result


class _Port:
    def __init__(self, faults: Faults, port: Any) -> None:
        self._faults = faults
        self._port = port

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return lambda *arguments: self._faults.call(method, arguments)
