"""Two runs are compared question by question."""

import pytest

from mystack.evaluate.paired import paired, sign_test


def results(**scores: float) -> list[dict[str, object]]:
    return [{"question": question, "scores": {"found": score}} for question, score in scores.items()]


def test_questions_that_changed_are_told_apart() -> None:
    [found] = paired(results(a=0, b=1, c=1, d=1), results(d=1, c=0, b=0, a=1))
    assert [change.question for change in found.better] == ["a"]
    assert [change.question for change in found.worse] == ["b", "c"]
    assert found.p == sign_test(1, 2) == 1
    low, high = found.interval
    assert low < -0.25 < high


def test_only_what_both_have_is_compared() -> None:
    [found] = paired(results(a=0, b=1), [*results(a=1), {"question": "c", "scores": {"found": 0}}])
    assert (len(found.differences), len(found.changes)) == (1, 1)
    assert paired(results(a=0), [{"question": "a", "scores": {"other": 1}}]) == []
    assert paired(results(a=0), results(b=0)) == []


def test_equal_questions_are_matched_in_their_order() -> None:
    [found] = paired([*results(a=0), *results(a=1)], [*results(a=0), *results(a=0)])
    assert found.differences == [0, -1]


@pytest.mark.parametrize(
    ("better", "worse", "p"),
    [(0, 0, 1), (1, 0, 1), (5, 5, 1), (0, 5, 2 / 2**5), (9, 1, 22 / 2**10), (1, 9, 22 / 2**10)],
)
def test_the_sign_test_is_exact_and_two_sided(better: int, worse: int, p: float) -> None:
    assert sign_test(better, worse) == pytest.approx(p)


def test_the_sign_test_of_thousands_of_questions_is_a_number() -> None:
    assert 0 <= sign_test(4_000, 5_000) < 1e-20
