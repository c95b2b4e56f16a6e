"""The statistics of A/B tests, by simulation. All random numbers are seeded."""

from collections import Counter
from uuid import UUID

import numpy as np
import pytest

from api.services.ab_tests.always_valid import ALPHA, LEAST, always_valid_p, half_width
from api.services.ab_tests.assignment import assigned, position
from api.services.ab_tests.fixed import fixed_p
from api.services.ab_tests.needed import needed
from api.services.ab_tests.sample_ratio import VOID_BELOW, sample_ratio_p

ONE, OTHER = UUID(int=1), UUID(int=2)
RUNS, CONVERSATIONS, LOOK_EVERY = 300, 4_000, 100


def units(number: int) -> list[UUID]:
    random = np.random.default_rng(1)
    return [UUID(bytes=random.bytes(16)) for _ in range(number)]


def simulated(rate_a: float, rate_b: float, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Tests of so many rated conversations, half of them in either arm."""
    random = np.random.default_rng(seed)
    runs = []
    for _ in range(RUNS):
        in_b = random.random(CONVERSATIONS) < 0.5
        votes = random.random(CONVERSATIONS) < np.where(in_b, rate_b, rate_a)
        runs.append((in_b, votes.astype(np.float64)))
    return runs


def winners(runs: list[tuple[np.ndarray, np.ndarray]]) -> float:
    return sum(always_valid_p(in_b, votes) < ALPHA for in_b, votes in runs) / len(runs)


def test_a_conversation_keeps_its_arm() -> None:
    assert [assigned((1, 1), ONE, unit) for unit in units(50)] == [assigned((1, 1), ONE, unit) for unit in units(50)]


def test_the_arms_get_their_shares() -> None:
    counts = Counter(assigned((3, 1), ONE, unit) for unit in units(20_000))
    assert counts[1] / 20_000 == pytest.approx(0.25, abs=0.01)
    assert sample_ratio_p([counts[0], counts[1]], (3, 1)) > VOID_BELOW


def test_two_tests_split_independently() -> None:
    same = [assigned((1, 1), ONE, unit) == assigned((1, 1), OTHER, unit) for unit in units(10_000)]
    assert sum(same) / len(same) == pytest.approx(0.5, abs=0.02)
    assert all(0 <= position(ONE, unit) < 1 for unit in units(100))


def test_a_wrong_ratio_is_seen_and_a_usual_one_is_not() -> None:
    assert sample_ratio_p([500, 530], (1, 1)) > 0.3
    assert sample_ratio_p([500, 650], (1, 1)) < VOID_BELOW
    assert sample_ratio_p([], (1, 1)) == sample_ratio_p([0, 0], (1, 1)) == 1.0
    assert sample_ratio_p([60, 40], (1, 1)) == pytest.approx(0.0455, abs=1e-4)  # chi-square 4, from a table


@pytest.mark.parametrize("rate", [0.02, 0.7])
def test_less_than_5_percent_of_tests_without_a_difference_have_a_winner_whoever_looks_after_each_vote(
    rate: float,
) -> None:
    assert winners(simulated(rate, rate, seed=7)) < 0.05


def test_an_ordinary_p_value_would_have_a_false_winner_in_every_fourth_test() -> None:
    peeking = [
        any(fixed_p(in_b[:n], votes[:n]) < ALPHA for n in range(LOOK_EVERY, CONVERSATIONS + 1, LOOK_EVERY))
        for in_b, votes in simulated(0.7, 0.7, seed=7)
    ]
    assert sum(peeking) / RUNS > 0.25
    once = [fixed_p(in_b, votes) < ALPHA for in_b, votes in simulated(0.7, 0.7, seed=7)]
    assert sum(once) / RUNS < 0.08


def test_a_difference_is_found() -> None:
    assert winners(simulated(0.7, 0.75, seed=7)) > 0.65
    assert winners(simulated(0.7, 0.8, seed=7)) == 1.0


def test_the_interval_holds_the_difference_at_every_look() -> None:
    held = 0
    for in_b, votes in simulated(0.7, 0.75, seed=9):
        looks = range(200, CONVERSATIONS + 1, LOOK_EVERY)
        held += all(abs(difference(in_b[:n], votes[:n]) - 0.05) <= width(in_b[:n], votes[:n]) for n in looks)
    assert held / RUNS > 0.95


def difference(in_b: np.ndarray, votes: np.ndarray) -> float:
    return float(votes[in_b].mean() - votes[~in_b].mean())


def width(in_b: np.ndarray, votes: np.ndarray) -> float:
    return half_width(1 / in_b.sum() + 1 / (~in_b).sum()) * float(votes.std())


def test_few_or_equal_observations_say_nothing() -> None:
    none = np.array([], dtype=np.bool_), np.array([])
    assert always_valid_p(*none) == fixed_p(*none) == 1.0
    in_b = np.arange(2 * LEAST - 2) % 2 == 0
    assert always_valid_p(in_b, in_b.astype(np.float64)) == 1.0
    assert always_valid_p(np.arange(500) % 2 == 0, np.ones(500)) == 1.0


def test_arms_that_always_differ_are_told_apart_soon() -> None:
    in_b = np.arange(60) % 2 == 0
    assert always_valid_p(in_b, in_b.astype(np.float64)) < 0.001
    assert always_valid_p(in_b, 1.0 - in_b, only_higher=True) == 1.0


def test_what_is_needed_is_what_finds_the_difference() -> None:
    fixed = needed(0.7, 0.05, "fixed")
    assert fixed == pytest.approx(2_637, abs=2)  # the textbook: 2 * 2 * (1.96 + .8416)² * .21 / .05²
    assert fixed < needed(0.7, 0.05, "sequential") < 3 * fixed
    assert needed(0.7, 0.1, "sequential") < needed(0.7, 0.05, "sequential") / 3
    assert needed(0.7, 0.05, "fixed", share_of_b=0.1) > 2 * fixed
    found = [fixed_p(in_b[:fixed], votes[:fixed]) < ALPHA for in_b, votes in simulated(0.7, 0.75, seed=3)]
    assert sum(found) / RUNS == pytest.approx(0.8, abs=0.08)
