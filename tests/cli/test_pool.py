"""Concurrent calls give their results in order, and pending ones are cancelled on an early end."""

import time

import pytest

from mystack.pool import map_threads


def slowly(number: int, begun: list[int]) -> int:
    begun.append(number)
    time.sleep(0.02)
    if number == 3:
        raise LookupError(number)
    return number


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(map_threads(2, lambda n: slowly(n, []), [2, 0, 1])) == [2, 0, 1]


def test_pending_calls_are_cancelled_when_the_results_are_closed() -> None:
    begun: list[int] = []
    results = map_threads(2, lambda n: slowly(n, begun), range(50))
    assert next(results) == 0
    results.close()
    assert len(begun) < 25


def test_pending_calls_are_cancelled_when_one_fails() -> None:
    begun: list[int] = []
    with pytest.raises(LookupError, match="3"):
        list(map_threads(2, lambda n: slowly(n, begun), range(50)))
    assert len(begun) < 25
