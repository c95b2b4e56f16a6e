"""What must not get worse while a test looks for what gets better.

A guardrail is broken if B is worse than A by more than is allowed, and it is not chance: the always-valid p of "B is
not worse" is below `ALPHA`. It is looked at again and again, so an ordinary p-value would stop every test in the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from api.services.ab_tests.ab_test import Exposure, Guardrail
from api.services.ab_tests.always_valid import always_valid_p
from api.services.ab_tests.units import sample

ALPHA = 0.01
"""For each guardrail: with all four, at most 4 % of tests without a difference are stopped by mistake."""
PERCENTILE = 95

Value = Callable[[Exposure], float | None]


@dataclass(frozen=True)
class Limit:
    """How much worse B may be: `times` the value of A, or `plus` more than it."""

    times: float = 1.0
    plus: float = 0.0


LIMITS: dict[Guardrail, Limit] = {
    "latency_p95_ms": Limit(times=1.2),
    "refusal_rate": Limit(plus=0.02),
    "unsupported_rate": Limit(plus=0.02),
    "cost_per_answer": Limit(times=1.2),
}
VALUES: dict[Guardrail, Value] = {
    "refusal_rate": lambda exposure: float(exposure.refused),
    "unsupported_rate": lambda exposure: exposure.unsupported / exposure.claims if exposure.claims else None,
    "cost_per_answer": lambda exposure: exposure.cost,
}
"""The means over conversations of these are compared."""


@dataclass(frozen=True)
class GuardrailState:
    """`a` and `b`: its value in either arm, None without answers. `p`: of "B is not worse", always valid."""

    name: Guardrail
    a: float | None
    b: float | None
    p: float
    broken: bool


def guardrail(name: Guardrail, exposures: Sequence[Exposure], b: str) -> GuardrailState:
    """The state of one guardrail; `b` is the name of the arm that is watched."""
    if name == "latency_p95_ms":
        return _latency(exposures, b)
    compared = sample(exposures, b, VALUES[name])
    p = always_valid_p(compared.in_b, compared.values, only_higher=True)
    return _state(name, compared.mean(False), compared.mean(True), p)


def _latency(exposures: Sequence[Exposure], b: str) -> GuardrailState:
    """The percentiles are shown; compared is the share of answers that are slower than the percentile of both arms
    together, which is the same in both arms if their latencies are distributed alike."""
    of_a, of_b = ([one.latency_ms for one in exposures if (one.arm == b) == is_b] for is_b in (False, True))
    if not of_a or not of_b:
        return GuardrailState("latency_p95_ms", _percentile(of_a), _percentile(of_b), 1.0, broken=False)
    slow = float(np.percentile([*of_a, *of_b], PERCENTILE))
    compared = sample(exposures, b, lambda exposure: float(exposure.latency_ms > slow))
    p = always_valid_p(compared.in_b, compared.values, only_higher=True)
    return _state("latency_p95_ms", _percentile(of_a), _percentile(of_b), p)


def _state(name: Guardrail, a: float | None, b: float | None, p: float) -> GuardrailState:
    worse = a is not None and b is not None and b > a * LIMITS[name].times + LIMITS[name].plus
    return GuardrailState(name, a, b, p, broken=worse and p < ALPHA)


def _percentile(values: Sequence[float]) -> float | None:
    return float(np.percentile(values, PERCENTILE)) if values else None
