"""Typos in questions."""

import pytest

from api.services.rag.asking.spelling import LONGEST, corrected, spellings, unknown
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
