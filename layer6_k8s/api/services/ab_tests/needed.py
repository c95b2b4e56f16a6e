"""How many rated conversations a test needs, computed before it begins: with one user's clicks nothing is decided."""

from statistics import NormalDist
from typing import Literal

from api.services.ab_tests.always_valid import ALPHA, half_width

POWER = 0.8
"""Probability to find a difference that is there."""
USUAL_RATE = 0.7
"""Of positive votes, while there are none to estimate it from."""

Stop = Literal["sequential", "fixed"]


def needed(rate: float, difference: float, stop: Stop, share_of_b: float = 0.5) -> int:
    """Conversations with feedback, of both arms together, to find `difference` at a rate of `rate`.

    Both are between 0 and 1. `fixed`: one look at the end. `sequential`: any number of looks, which takes twice
    as many at worst; a larger difference is found sooner.
    """
    deviation = max(rate * (1 - rate), 0.01) ** 0.5
    wanted = difference / deviation
    normal = NormalDist()
    few, many = 1, 2
    while not _found(many, wanted, stop, share_of_b, normal):
        few, many = many, many * 2
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if _found(middle, wanted, stop, share_of_b, normal) else (middle, many)
    return many


def _found(number: int, wanted: float, stop: Stop, share_of_b: float, normal: NormalDist) -> bool:
    """Whether so many observations find the difference, in standard deviations, with `POWER`."""
    spread = 1 / (number * share_of_b) + 1 / (number * (1 - share_of_b))
    beyond = half_width(spread) if stop == "sequential" else normal.inv_cdf(1 - ALPHA / 2) * spread**0.5
    return wanted >= beyond + normal.inv_cdf(POWER) * float(spread**0.5)
