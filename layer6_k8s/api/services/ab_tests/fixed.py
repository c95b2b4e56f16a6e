"""The p-value of one look at the end, for tests of a fixed length."""

import math

import numpy as np
from numpy.typing import NDArray


def fixed_p(in_b: NDArray[np.bool_], values: NDArray[np.float64]) -> float:
    """The two-sided z-test of no difference of the means; 1 if an arm has no observation or all values are equal.

    It is valid for one look only: looked at after each 50 of 2,000 observations, 32 % of tests without a difference
    have a winner.
    """
    b, a = values[in_b], values[~in_b]
    deviation = float(values.std()) if len(values) else 0.0
    if not len(a) or not len(b) or deviation < 1e-6:
        return 1.0
    z = (b.mean() - a.mean()) / (deviation * math.sqrt(1 / len(a) + 1 / len(b)))
    return math.erfc(abs(float(z)) / math.sqrt(2))
