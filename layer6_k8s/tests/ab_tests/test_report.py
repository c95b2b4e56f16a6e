"""What is said of a test, from what happened in it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from api.services.ab_tests.ab_test import ABTest, Exposure, Guardrail, Overrides, TestArm
from api.services.ab_tests.guardrails import LIMITS, guardrail
from api.services.ab_tests.report import report

ARMS = TestArm("plain", 1, Overrides()), TestArm("short", 1, Overrides(top_k=1))
ALL: tuple[Guardrail, ...] = tuple(LIMITS)


def begun(**given: Any) -> ABTest:
    values: dict[str, Any] = {"horizon": 4_000, "stop": "sequential", "guardrails": ALL} | given
    return ABTest(
        UUID(int=1), "test", ARMS, "conversation", "feedback_positive", created_at=datetime.now(UTC), **values
    )


def answers(
    number: int, rates: tuple[float, float], *, seed: int = 1, share_of_b: float = 0.5, **of_b: Any
) -> list[Exposure]:
    """One rated answer in each conversation; `of_b` is what only answers of B have."""
    random = np.random.default_rng(seed)
    found = []
    for index in range(number):
        is_b = bool(random.random() < share_of_b)
        usual: dict[str, Any] = {"latency_ms": float(random.lognormal(6, 0.5)), "refused": bool(random.random() < 0.05)}
        usual |= {"claims": 4, "unsupported": int(random.random() < 0.2), "cost": 0.001}
        usual |= {name: value(random) for name, value in of_b.items()} if is_b else {}
        usual["rating"] = "up" if random.random() < rates[is_b] else "down"
        found.append(Exposure(UUID(int=index), ARMS[is_b].name, **usual))
    return found


def test_without_answers_nothing_is_decided() -> None:
    found = report(begun(), [])
    assert (found.verdict, found.difference, found.p, found.must_stop) == ("not decided", None, 1.0, None)
    assert (found.a.rate, found.a.feedback_share, found.rated) == (None, None, 0)


def test_a_few_votes_decide_nothing() -> None:
    found = report(begun(), answers(60, (0.5, 0.8)))
    assert (found.verdict, found.must_stop) == ("not decided", None)
    assert found.difference
    assert found.difference.low < 0 < found.difference.high


@pytest.mark.parametrize(("rates", "verdict"), [((0.6, 0.8), "B"), ((0.8, 0.6), "A")])
def test_a_clear_difference_is_decided_and_ends_the_test(rates: tuple[float, float], verdict: str) -> None:
    found = report(begun(), answers(1_500, rates))
    assert found.verdict == verdict
    assert found.must_stop
    assert found.must_stop.startswith(f"decided: {verdict} is better (always-valid p = ")
    assert found.difference
    assert (found.difference.low > 0) == (verdict == "B")


def test_evidence_for_one_arm_is_none_for_the_other() -> None:
    """For 60 conversations B is better; after 126 it is a little worse, as if nobody had looked meanwhile."""
    ups = [index % 2 if index < 60 else 1 - index % 2 for index in range(126)]
    exposures = [
        Exposure(UUID(int=index), ARMS[index % 2].name, 1.0, False, 0, 0, None, "up" if up else "down")
        for index, up in enumerate(ups)
    ]
    assert report(begun(), exposures[:60]).verdict == "B"
    found = report(begun(), exposures)
    assert found.difference
    assert found.difference.value < 0
    assert found.p < 0.05
    assert (found.verdict, found.must_stop) == ("not decided", None)


def test_the_horizon_ends_a_test_that_is_not_decided() -> None:
    found = report(begun(horizon=300), answers(400, (0.7, 0.7)))
    assert (found.verdict, found.must_stop) == ("not decided", "the horizon of 300 rated conversations is reached")


def test_a_fixed_test_is_decided_at_its_horizon_and_not_before() -> None:
    exposures = answers(1_500, (0.6, 0.8))
    assert report(begun(stop="fixed", horizon=1_501), exposures).verdict == "not decided"
    found = report(begun(stop="fixed", horizon=1_500), exposures)
    assert (found.verdict, found.must_stop) == ("B", "the horizon of 1500 rated conversations is reached")


def test_a_wrong_ratio_of_the_arms_voids_the_test() -> None:
    found = report(begun(), answers(1_500, (0.6, 0.8), share_of_b=0.4))
    assert found.void
    assert (found.verdict, found.must_stop) == ("not decided", None)
    assert found.p < 0.05


@pytest.mark.parametrize(
    ("name", "of_b"),
    [
        ("latency_p95_ms", {"latency_ms": lambda random: float(random.lognormal(7, 0.5))}),
        ("refusal_rate", {"refused": lambda random: bool(random.random() < 0.3)}),
        ("unsupported_rate", {"unsupported": lambda random: int(random.integers(0, 3))}),
        ("cost_per_answer", {"cost": lambda random: float(random.uniform(0.001, 0.003))}),
    ],
)
def test_a_guardrail_that_breaks_stops_the_test_and_b_does_not_win(name: Guardrail, of_b: dict[str, Any]) -> None:
    exposures = answers(800, (0.5, 0.9), **of_b)
    found = report(begun(), exposures)
    assert [state.name for state in found.guardrails if state.broken] == [name]
    assert found.must_stop
    assert found.must_stop.startswith(f"guardrail {name}: ")
    assert found.verdict == "not decided"
    assert not any(state.broken for state in report(begun(guardrails=()), exposures).guardrails)


def test_what_is_better_in_b_breaks_nothing() -> None:
    better: dict[str, Any] = {
        "refused": lambda random: False,
        "latency_ms": lambda random: 10.0,
        "cost": lambda random: 0.0,
    }
    assert not [state for state in report(begun(), answers(800, (0.7, 0.7), **better)).guardrails if state.broken]


def test_guardrails_stop_few_tests_without_a_difference() -> None:
    stopped = 0
    for seed in range(100):
        exposures = answers(600, (0.7, 0.7), seed=seed)
        stopped += any(guardrail(name, exposures[:n], "short").broken for name in ALL for n in (200, 400, 600))
    assert stopped <= 4


def test_a_conversation_counts_once_whatever_its_answers() -> None:
    chatty = [Exposure(UUID(int=7), "plain", 1.0, False, 0, 0, None, "up") for _ in range(30)]
    silent = [Exposure(UUID(int=8), "plain", 1.0, False, 0, 0, None, None)]
    found = report(begun(), [*chatty, *silent])
    assert (found.a.conversations, found.a.answers, found.a.rated, found.a.rate) == (2, 31, 1, 1.0)
    assert found.a.feedback_share == pytest.approx(30 / 31)
    assert found.guardrails[3].a is None  # no price
