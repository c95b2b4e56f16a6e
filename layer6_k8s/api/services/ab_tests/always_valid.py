"""p-values and intervals that hold however often somebody looks: the mixture sequential probability ratio test.

Johari, Koomen, Pekelis and Walsh, "Always Valid Inference" (2015). After each observation, the likelihood of the
difference of the means under a normal mixture of differences is divided by that under no difference:

    V = 1/n_a + 1/n_b    d = (mean_b - mean_a) / sd    T = MIXING²
    ratio = sqrt(V / (V + T)) * exp(T d² / (2 V (V + T)))

Without a difference, the ratio ever exceeds 1/α with probability α at most, so p is the smallest 1/ratio until now. The
deviation `sd` is that of all observations, which is right if there is no difference, and too large if there is one.
Values need not be 0 or 1: whatever is one number for each conversation.
"""

import math

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05
MIXING = 0.2
"""The usual size of a difference that is looked for, in standard deviations. For a rate of .7, it is .09."""
LEAST = 20
"""Observations of each arm before the first look: means of fewer are not normal."""

Floats = NDArray[np.float64]


def always_valid_p(in_b: NDArray[np.bool_], values: Floats, *, only_higher: bool = False) -> float:
    """For observations in the order in which they came. `in_b`: whether each is of arm B; both of shape (n,).

    `only_higher`: looks at which the mean of B was lower say nothing.
    """
    if not len(values):
        return 1.0
    number = np.arange(1, len(values) + 1)
    n_b = np.cumsum(in_b)
    n_a = number - n_b
    sum_all, sum_b = np.cumsum(values), np.cumsum(values * in_b)
    variance = np.maximum(np.cumsum(values**2) / number - (sum_all / number) ** 2, 0.0)
    counts = (n_a >= LEAST) & (n_b >= LEAST) & (variance > 1e-12)
    n_a, n_b, variance = n_a[counts], n_b[counts], variance[counts]
    difference = (sum_b[counts] / n_b - (sum_all - sum_b)[counts] / n_a) / np.sqrt(variance)
    if only_higher:
        difference = np.maximum(difference, 0.0)
    spread, mixing = 1 / n_a + 1 / n_b, MIXING**2
    log_ratio = 0.5 * np.log(spread / (spread + mixing)) + mixing * difference**2 / (2 * spread * (spread + mixing))
    return float(np.exp(-np.max(log_ratio, initial=0.0)))


def half_width(spread: float, alpha: float = ALPHA) -> float:
    """Half of the interval around a difference, in standard deviations; `spread` is V above.

    All intervals of a test, at whatever time, hold the true difference with probability 1 - alpha.
    """
    mixing = MIXING**2
    return math.sqrt(spread * (spread + mixing) / mixing * (math.log((spread + mixing) / spread) - 2 * math.log(alpha)))
