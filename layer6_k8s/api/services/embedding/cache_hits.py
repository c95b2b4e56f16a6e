"""Whether the vector of a question was kept from an earlier request: the caches note it, and who wants to know asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_noted: ContextVar[dict[str, bool] | None] = ContextVar("noted", default=None)


@contextmanager
def noting_hits() -> Iterator[dict[str, bool]]:
    """By text: whether its vector came from a cache when it was first needed within the block."""
    noted: dict[str, bool] = {}
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def note(text: str, *, hit: bool) -> None:
    noted = _noted.get()
    if noted is not None:
        noted.setdefault(text, hit)
