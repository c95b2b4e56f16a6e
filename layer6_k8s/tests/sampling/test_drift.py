"""Measures of drift, computed."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest

from api.services.sampling.drift import Profile, drift, stability_index


def week(scores: Sequence[float], refused: int = 10, languages: dict[str, int] | None = None, x: float = 0) -> Profile:
    refusals = {"answered": 200 - refused, "nothing_relevant": refused}
    return Profile(datetime.now(UTC), 200, scores, refusals, languages or {"en": 200}, [1.0, x], "space")


def scores(mean: float, seed: int) -> list[float]:
    return [float(score) for score in np.random.default_rng(seed).normal(mean, 0.1, 200)]


def test_a_usual_week_has_not_drifted() -> None:
    found = drift(week(scores(0.6, 1)), week(scores(0.6, 2), refused=12))
    assert found.keys() == {"retrieval_score", "refusal", "language", "question"}
    assert all(abs(value) < 0.1 for value in found.values())


@pytest.mark.parametrize(
    ("name", "now"),
    [
        ("retrieval_score", week(scores(0.5, 2))),
        ("refusal", week(scores(0.6, 2), refused=60)),
        ("language", week(scores(0.6, 2), languages={"en": 120, "sv": 80})),
        ("question", week(scores(0.6, 2), x=1.2)),
    ],
)
def test_what_has_changed_is_seen_and_nothing_else(name: str, now: Profile) -> None:
    found = drift(week(scores(0.6, 1)), now)
    assert [measure for measure, value in found.items() if value > 0.25] == [name]


def test_vectors_of_two_spaces_are_not_compared() -> None:
    now = week(scores(0.6, 2))
    other = Profile(now.at, 200, now.scores, now.refusals, now.languages, now.vector, "another space")
    assert "question" not in drift(now, other)


def test_the_index_is_that_of_the_textbook() -> None:
    index = stability_index({"a": 5_000_000, "b": 5_000_000}, {"a": 7_500_000, "b": 2_500_000})
    assert index == pytest.approx(0.25 * math.log(1.5) - 0.25 * math.log(0.5), abs=1e-4)
