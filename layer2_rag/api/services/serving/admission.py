"""How much is worked on at once: what is too much is refused before anything has been spent on it."""

from typing import Protocol

from api.errors import Overloaded


class Door(Protocol):
    """What a request has to pass before it is read. Whoever entered leaves, however its request ends."""

    def enter(self) -> None:
        """Raises `Overloaded`; then there is nothing to leave."""
        ...

    def leave(self) -> None: ...


class Places:
    """A door to a number of places."""

    def __init__(self, number: int) -> None:
        self.free = number

    def enter(self) -> None:
        """See `Door`."""
        if not self.free:
            raise Overloaded
        self.free -= 1

    def leave(self) -> None:
        """See `Door`."""
        self.free += 1
