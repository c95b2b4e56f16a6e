"""What a test has found until now, and whether it must be stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from api.services.ab_tests.ab_test import ABTest, Exposure, TestArm, Verdict
from api.services.ab_tests.always_valid import ALPHA, always_valid_p, half_width
from api.services.ab_tests.fixed import fixed_p
from api.services.ab_tests.guardrails import GuardrailState, guardrail
from api.services.ab_tests.sample_ratio import VOID_BELOW, sample_ratio_p
from api.services.ab_tests.units import Sample, positive, sample


@dataclass(frozen=True)
class ArmReport:
    """`rated`: conversations with a vote. `rate`: the mean over these of their share of positive votes."""

    arm: TestArm
    conversations: int
    answers: int
    rated_answers: int
    rated: int
    rate: float | None

    @property
    def feedback_share(self) -> float | None:
        """The share of answers with a vote. Who votes is not who reads: where it differs, so may the voters."""
        return self.rated_answers / self.answers if self.answers else None


@dataclass(frozen=True)
class Difference:
    """The rate of B minus that of A, and the interval that holds the true one at every look with probability .95."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Report:
    """`p`: always valid. `void`: the arms did not get their shares of conversations, so that nothing can be said."""

    a: ArmReport
    b: ArmReport
    difference: Difference | None
    p: float
    sample_ratio_p: float
    guardrails: Sequence[GuardrailState]
    verdict: Verdict
    must_stop: str | None
    """The reason, if there is one."""

    @property
    def void(self) -> bool:
        return self.sample_ratio_p < VOID_BELOW

    @property
    def rated(self) -> int:
        return self.a.rated + self.b.rated


def report(test: ABTest, exposures: Sequence[Exposure]) -> Report:
    """The report on a running test, or on one that was stopped."""
    a, b = test.arms
    rated = sample(exposures, b.name, positive)
    arms = _arm(a, exposures, rated, is_b=False), _arm(b, exposures, rated, is_b=True)
    ratio_p = sample_ratio_p([arm.conversations for arm in arms], test.weights)
    p = always_valid_p(rated.in_b, rated.values)
    rails = [guardrail(name, exposures, b.name) for name in test.guardrails]
    complete = len(rated.values) >= test.horizon
    found = _found(test, rated, p, complete=complete) if ratio_p >= VOID_BELOW else "not decided"
    broken = [_broken(rail) for rail in rails if rail.broken]
    verdict = "not decided" if broken and found == "B" else found
    reason = "; ".join(broken) or _end(test, found, p, complete=complete)
    return Report(*arms, _difference(rated), p, ratio_p, rails, test.verdict or verdict, reason)


def _arm(arm: TestArm, exposures: Sequence[Exposure], rated: Sample, *, is_b: bool) -> ArmReport:
    own = [exposure for exposure in exposures if exposure.arm == arm.name]
    votes = sum(exposure.rating is not None for exposure in own)
    conversations = len({exposure.conversation for exposure in own})
    return ArmReport(arm, conversations, len(own), votes, len(rated.of(is_b)), rated.mean(is_b))


def _difference(rated: Sample) -> Difference | None:
    a, b = rated.of(False), rated.of(True)
    if not len(a) or not len(b):
        return None
    difference = float(b.mean() - a.mean())
    half = half_width(1 / len(a) + 1 / len(b)) * float(rated.values.std())
    return Difference(difference, max(-1.0, difference - half), min(1.0, difference + half))


def _found(test: ABTest, rated: Sample, p: float, *, complete: bool) -> Verdict:
    """`fixed`: one look, at the conversations up to the horizon, and not before it is reached."""
    if test.stop == "fixed":
        in_b, values = rated.in_b[: test.horizon], rated.values[: test.horizon]
        if not complete or fixed_p(in_b, values) >= ALPHA:
            return "not decided"
        return _better(values[in_b].mean() - values[~in_b].mean())
    if p >= ALPHA:
        return "not decided"
    better = _better((rated.mean(True) or 0.0) - (rated.mean(False) or 0.0))
    # p is the smallest until now: since then, the difference may have changed its sign.
    evidence = always_valid_p(rated.in_b == (better == "B"), rated.values, only_higher=True)
    return better if evidence < ALPHA else "not decided"


def _better(difference: float | np.floating) -> Literal["A", "B"]:
    return "B" if difference > 0 else "A"


def _end(test: ABTest, found: Verdict, p: float, *, complete: bool) -> str | None:
    if test.stop == "sequential" and found != "not decided":
        return f"decided: {found} is better (always-valid p = {p:.2g})"
    return f"the horizon of {test.horizon} rated conversations is reached" if complete else None


def _broken(rail: GuardrailState) -> str:
    return f"guardrail {rail.name}: {rail.b:.4g} in B, {rail.a:.4g} in A (always-valid p = {rail.p:.2g})"
