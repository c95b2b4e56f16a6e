"""Calls in threads, several at a time."""

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def at_once(number: int, call: Callable[[T], R], items: Iterable[T]) -> Generator[R, None, None]:
    """Call it for every item, so many at a time; gives the results in the order of the items."""
    with ThreadPoolExecutor(number) as pool:
        try:
            yield from pool.map(call, items)
        except BaseException:  # also Ctrl-C: what has not begun must not be waited for
            pool.shutdown(cancel_futures=True)
            raise
