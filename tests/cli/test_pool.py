"""Several calls at a time give their results in order, and what has not begun can be given up."""

import time

import pytest

from mystack.pool import at_once


def slowly(number: int, begun: list[int]) -> int:
    begun.append(number)
    time.sleep(0.02)
    if number == 3:
        raise LookupError(number)
    return number


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(at_once(2, lambda n: slowly(n, []), [2, 0, 1])) == [2, 0, 1]


def test_what_has_not_begun_is_given_up_when_nobody_wants_more() -> None:
    begun: list[int] = []
    results = at_once(2, lambda n: slowly(n, begun), range(50))
    assert next(results) == 0
    results.close()
    assert len(begun) < 25


def test_what_has_not_begun_is_given_up_when_one_fails() -> None:
    begun: list[int] = []
    with pytest.raises(LookupError, match="3"):
        list(at_once(2, lambda n: slowly(n, begun), range(50)))
    assert len(begun) < 25
