"""Admission control: bounds concurrent work and rejects the excess before spending anything on it."""

from typing import Protocol

from api.errors import Overloaded


class Limiter(Protocol):
    """A limit acquired before the body is read and released however the request ends."""

    async def acquire(self) -> None:
        """Raises `Overloaded`; then there is nothing to release."""
        ...

    def release(self) -> None: ...


class ConcurrencyLimit:
    """At most `slots` requests at the same time."""

    def __init__(self, slots: int) -> None:
        self.free = slots

    async def acquire(self) -> None:
        """See `Limiter`."""
        if not self.free:
            raise Overloaded
        self.free -= 1

    def release(self) -> None:
        """See `Limiter`."""
        self.free += 1
