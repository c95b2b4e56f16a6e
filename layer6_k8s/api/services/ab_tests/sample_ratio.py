"""Whether the arms got the shares of conversations that they should have: Pearson's chi-square test for two arms.

They do not if something loses answers of one arm, such as a model that fails: then no comparison of the arms is valid.
"""

import math
from collections.abc import Sequence

VOID_BELOW = 0.001
"""A smaller probability voids a test."""


def sample_ratio_p(counts: Sequence[int], weights: Sequence[float]) -> float:
    """The probability of counts at least this far from the weights. 1 without counts."""
    total, whole = sum(counts), sum(weights)
    if not total:
        return 1.0
    expected = [total * weight / whole for weight in weights]
    chi_square = sum((count - wanted) ** 2 / wanted for count, wanted in zip(counts, expected, strict=True))
    return math.erfc(math.sqrt(chi_square / 2))  # the survival function with one degree of freedom
