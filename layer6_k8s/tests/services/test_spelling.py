"""Typos in questions."""

import pytest

from api.services.rag.asking.spelling import LONGEST, TWO_SLIPS, corrected, further_spellings, spellings, unknown
from tests.services.passages import hit

RULES = hit("Reimbursement of glasses is limited to 150 euros. Karin Holm signs it.", filename="glasses policy.txt")


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("What is the limit for the reimbursment of glases?", "What is the limit for the reimbursement of glasses?"),
        ("what does the polcy limit?", "what does the policy limit?"),
    ],
)
def test_a_word_that_no_hit_has_becomes_the_nearest_one(question: str, meant: str) -> None:
    assert corrected(question, [RULES]) == meant


@pytest.mark.parametrize(
    "question",
    [
        "Who is Karen Holt?",
        "What is limited to 15 euros?",
        "Which sign is it?",
        "Are lenses reimbursed?",
        "What about spectacles@example.org?",
    ],
)
def test_names_numbers_and_other_words_stay(question: str) -> None:
    assert corrected(question, [RULES]) == question


DAM = hit("The spillway conducts the water of Portugal's dam. Karin Hansen is the conductor. Leaks are deductible.")


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("What is deductable?", "What is deductible?"),
        ("Which dam has Portugel?", "Which dam has Portugal?"),
        ("Which dam has Protugal?", "Which dam has Portugal?"),
        ("Which dam has Portugall?", "Which dam has Portugal?"),
        ("Who is Karin Hnasen?", "Who is Karin Hansen?"),
    ],
)
def test_a_long_name_that_is_one_letter_from_a_known_one_is_that_name(question: str, meant: str) -> None:
    assert corrected(question, [DAM]) == meant


@pytest.mark.parametrize(
    "question", ["Which dam has Portimao?", "Who is Marin?", "Who is conducting?", "Who conducts it?"]
)
def test_other_names_and_words_of_the_same_root_are_no_typos(question: str) -> None:
    assert corrected(question, [hit("Karin Hansen is the conductor in Portugal.")]) == question


def test_a_name_between_two_known_ones_stays() -> None:
    assert corrected("Who is Karin Hanser?", [hit("Lars Hansen and Jan Hanses.")]) == "Who is Karin Hanser?"


def test_without_hits_nothing_changes() -> None:
    assert corrected("What is the polcy?", []) == "What is the polcy?"


def test_the_words_that_no_hit_has_are_unknown_but_for_names() -> None:
    assert unknown("What is the limit of Karin for a reimbursment?", [RULES]) == ["reimbursment"]
    assert unknown("Which glass is limited?", [RULES]) == []


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("reimbursment", "reimbursement"),
        ("polciy", "policy"),
        ("vaccinnation", "vaccination"),
        ("glosses", "glasses"),
        ("башнь", "башня"),
    ],
)
def test_the_spellings_of_a_word_are_those_that_are_one_letter_apart(word: str, meant: str) -> None:
    assert meant in spellings([word]).split()


def test_there_are_not_too_many_spellings() -> None:
    assert spellings(["a" * (LONGEST + 1)]) == ""
    assert len(spellings(["abcdefgh" * 3] * 9)) < 8_000 * 5


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("accomodtion", "accommodation"),
        ("acomodation", "accommodation"),
        ("occurance", "occurrence"),
        ("millenum", "millennium"),
        ("tommorrwo", "tomorrow"),
    ],
)
def test_a_long_word_is_looked_for_two_slips_away_if_one_is_a_doubled_letter(word: str, meant: str) -> None:
    assert meant in further_spellings([word]).split()
    assert meant not in spellings([word]).split()


@pytest.mark.parametrize(
    ("word", "other"), [("creative", "curative"), ("destruction", "distraction"), ("latter", "later")]
)
def test_other_words_are_not_two_slips_away(word: str, other: str) -> None:
    assert other not in further_spellings([word]).split()


def test_there_are_not_too_many_words_two_slips_away() -> None:
    assert further_spellings(["a" * (TWO_SLIPS.start - 1), "a" * TWO_SLIPS.stop]) == ""
    words = ["abcdefgh" * 2, "bcdefgha" * 2, "cdefghab" * 2, "defghabc" * 2]
    assert len(further_spellings(words).split()) < 7_000
