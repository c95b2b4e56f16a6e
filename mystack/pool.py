"""Concurrent calls in threads."""

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def map_threads(threads: int, call: Callable[[T], R], items: Iterable[T]) -> Generator[R, None, None]:
    """The result of each call, in the order of the items; at most `threads` calls run at the same time."""
    with ThreadPoolExecutor(threads) as pool:
        try:
            yield from pool.map(call, items)
        except BaseException:  # also Ctrl-C: calls that have not started are cancelled
            pool.shutdown(cancel_futures=True)
            raise
