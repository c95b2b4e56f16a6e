"""Logistic regression with numpy: weights of features, by Newton's method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

PENALTY = 1e-2
"""L2 penalty on the weights of standardised features: it keeps a feature that is rare in the data from running away."""
STEPS = 50


@dataclass(frozen=True)
class Logistic:
    """Log odds = bias + weights · features."""

    names: tuple[str, ...]
    weights: Vector
    bias: float

    def log_odds(self, rows: Sequence[Mapping[str, float]]) -> Vector:
        """One value per row of features; a feature that a row lacks is 0."""
        return table(rows, self.names) @ self.weights + self.bias


def fit(rows: Sequence[Mapping[str, float]], positive: Sequence[bool], importance: Sequence[float]) -> Logistic:
    """The rule that makes `positive` likeliest; `importance` weighs each row. Features that never vary weigh 0."""
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    values = table(rows, names)
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1.0)
    standard = np.hstack([(values - mean) / scale, np.ones((len(rows), 1))])
    solved = _newton(standard, np.asarray(positive, float), np.asarray(importance, float))
    weights = np.where(deviation > 0, solved[:-1] / scale, 0.0)
    return Logistic(names, weights, float(solved[-1] - weights @ mean))


def table(rows: Sequence[Mapping[str, float]], names: Sequence[str]) -> Vector:
    """Shape (rows, names)."""
    return np.array([[float(row.get(name, 0.0)) for name in names] for row in rows]).reshape(len(rows), len(names))


def _newton(values: Vector, positive: Vector, importance: Vector) -> Vector:
    """Minimises the weighted log loss; the last column, of ones, is not penalised."""
    weights = np.zeros(values.shape[1])
    penalty = PENALTY * importance.sum() / len(importance) * np.ones(values.shape[1])
    penalty[-1] = 1e-9
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-np.clip(values @ weights, -30, 30)))
        slope = values.T @ (importance * (likely - positive)) + penalty * weights
        curve = (values * (importance * likely * (1 - likely))[:, None]).T @ values + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return weights
