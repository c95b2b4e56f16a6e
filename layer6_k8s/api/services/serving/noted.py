"""Ids that turn out while a request runs, such as that of a new conversation, for the lines of its log.

They are noted in one dictionary per request, which the request's tasks share: a context variable that was set in a
task would not be seen by the middleware around it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_noted: ContextVar[dict[str, str] | None] = ContextVar("noted", default=None)


@contextmanager
def noting() -> Iterator[None]:
    """Ids noted inside are in the lines logged inside."""
    token = _noted.set({})
    try:
        yield
    finally:
        _noted.reset(token)


def note(name: str, value: object) -> None:
    """Note an id, if anything is running that notes them."""
    if (noted := _noted.get()) is not None:
        noted[name] = str(value)


def note_here(**ids: str) -> None:
    """Note ids for the rest of this task, where no request is around it."""
    _noted.set(ids)


def noted_ids() -> Mapping[str, str]:
    return _noted.get() or {}
