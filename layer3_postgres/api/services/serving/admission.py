"""How much is worked on at once: what is too much is refused before anything has been spent on it."""

from typing import Protocol

from api.errors import Overloaded


class Limiter(Protocol):
    """What a request has to pass before it is read. Whoever entered leaves, however its request ends."""

    def acquire(self) -> None:
        """Raises `Overloaded`; then there is nothing to leave."""
        ...

    def release(self) -> None: ...


class ConcurrencyLimit:
    """A door to a number of places."""

    def __init__(self, number: int) -> None:
        self.free = number

    def acquire(self) -> None:
        """See `Limiter`."""
        if not self.free:
            raise Overloaded
        self.free -= 1

    def release(self) -> None:
        """See `Limiter`."""
        self.free += 1
