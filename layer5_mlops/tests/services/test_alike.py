"""Passages that are alike but for their keys: which of them a question asks for."""

import pytest

from api.services.rag.quoting.alike import speaks_of_another
from api.services.text.terms import terms
from tests.services.passages import hit

HX130 = hit("Heat exchanger HX-130\n\nThe maximum pressure is 9 bar.", filename="a.txt")
HX165 = hit("Heat exchanger HX-165\n\nThe maximum pressure is 16 bar.", filename="b.txt")


def asked(question: str) -> frozenset[str]:
    return frozenset(terms(question))


def test_the_value_of_another_product_is_not_asked_for() -> None:
    values = (HX130, "The maximum pressure is 9 bar.", HX165, "The maximum pressure is 16 bar.")
    assert speaks_of_another(asked("What is the maximum pressure of HX-130?"), *values)
    assert not speaks_of_another(asked("What is the maximum pressure of HX-165?"), *values)


@pytest.mark.parametrize(
    "question", ["What is the maximum pressure of the exchangers?", "Which pressure do HX-130 and HX-165 have?"]
)
def test_a_question_that_names_none_or_both_asks_for_both(question: str) -> None:
    values = (HX130, "The maximum pressure is 9 bar.", HX165, "The maximum pressure is 16 bar.")
    assert not speaks_of_another(asked(question), *values)


def test_a_sheet_of_another_code_is_not_asked_for_however_it_is_worded() -> None:
    other = hit("Data of HX-165. It withstands 16 bar.", filename="c.txt")
    values = (HX130, "The maximum pressure is 9 bar.", other, "It withstands 16 bar.")
    assert speaks_of_another(asked("What is the maximum pressure of HX-130?"), *values)


def test_another_document_that_is_worded_otherwise_is_kept() -> None:
    halden = hit("The Halden branch has 25 employees.", filename="halden.txt")
    history = hit("Many people came to work on the fjord in the last century.", filename="history.txt")
    question = asked("How many employees does the Halden branch have?")
    assert not speaks_of_another(question, halden, halden.text, history, history.text)


@pytest.mark.parametrize(
    ("best", "other"),
    [
        ("Crane crew | Lifts containers | Hall 3", "Pilot station | Guides ships | Room 12"),
        ("Child: 2 €", "Adult: 6 €"),
    ],
)
def test_of_rows_and_entries_of_one_document_those_with_the_key_are_asked_for(best: str, other: str) -> None:
    found = hit(f"{best}\n{other}")
    assert speaks_of_another(asked("What about the crane crew, and for a child?"), found, best, found, other)
    assert not speaks_of_another(asked("What is there?"), found, best, found, other)


def test_the_rest_of_a_torn_row_is_kept() -> None:
    found = hit("Physical stores (2) |  |  | 9,312\n | 4,721 | 5,024")
    question = asked("What were the sales of physical stores?")
    assert not speaks_of_another(question, found, "Physical stores (2) |  |  | 9,312", found, "| 4,721 | 5,024")


def test_sentences_of_one_document_are_not_compared() -> None:
    found = hit("The pool was opened in 1990. The pool was closed in 2001.")
    first, second = found.text[:28], found.text[29:]
    assert not speaks_of_another(asked("When was the pool opened?"), found, first, found, second)
