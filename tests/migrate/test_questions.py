"""When two rankings are the same, and when they differ only by ties."""

from mystack.migrate.questions import DEPTH, TOLERANCE, TOP_K, compared

RANKING = [(f"chunk {rank}", 1.0 - rank / 100) for rank in range(TOP_K)]


def test_scores_within_the_tolerance_are_the_same() -> None:
    assert compared(RANKING, [(id, score + TOLERANCE / 2) for id, score in RANKING]) == "same"
    assert compared([], []) == "same"


def test_a_score_beyond_the_tolerance_is_a_difference() -> None:
    other = [(id, score + (rank == 2) * 1e-4) for rank, (id, score) in enumerate(RANKING)]
    assert compared(RANKING, other) == "rank 3: score 0.980000 ≠ 0.980100"


def test_the_tolerance_of_a_high_score_is_relative() -> None:
    assert compared([("a", 40.0)], [("a", 40.0001)]) == "same"
    assert compared([("a", 40.0)], [("a", 40.001)]) != "same"


def test_hits_of_equal_score_may_be_in_any_order() -> None:
    assert compared([("a", 0.5), ("b", 0.5)], [("b", 0.5), ("a", 0.5)]) == "ties"


def test_a_hit_at_another_rank_is_a_difference() -> None:
    assert compared([("a", 0.5), ("b", 0.5)], [("a", 0.5), ("c", 0.5), ("b", 0.4)]).startswith("rank 2: chunk b ≠ c")


def test_a_missing_hit_is_a_difference() -> None:
    assert compared(RANKING, RANKING[:-1]) == f"rank {TOP_K}: only the source has a hit"


def test_among_many_hits_of_one_score_each_ranking_may_cut_off_others() -> None:
    ours, theirs = [[(f"{name}{n}", 0.5) for n in range(DEPTH)] for name in "ab"]
    assert compared(ours, theirs) == "ties"
