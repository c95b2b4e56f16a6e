"""The names of a question, and whether a text has them."""

import pytest

from api.services.rag.answerability.names import missing, names_in
from api.services.text.terms import terms


def test_names_and_numbers_are_found_but_not_the_word_that_opens_the_question() -> None:
    assert names_in("Was the Malmö warehouse built in 1946?", set()) == set(terms("Malmö 1946"))
    assert names_in("Warehouses are what?", set()) == set()


def test_a_date_that_the_chunk_has_in_another_form_is_no_name() -> None:
    question, chunk = "What happened on March 15, 2024?", set(terms("It opened on 2024-03-15."))
    assert names_in(question, chunk) == set()
    assert names_in(question, set(terms("It opened on 2024-03-16.")))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Geegen", "Emperor Gegeen ruled for two years."),
        ("Ghandi", "Gandhi pleaded guilty."),
        ("Sentanta", "Setanta confirmed the launch."),
        ("Indian", "He was born in India."),
        ("Brazil", "The Brazilian government planned it."),
        ("Bergen", "The Bergen warehouse has 14 gates."),
    ],
)
def test_a_name_is_there_in_another_form_or_spelling(name: str, text: str) -> None:
    assert not missing(set(terms(name)), set(terms(text)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Berta", "Berths on the east pier are reserved."),
        ("Karlstad", "Karlsbad is a spa."),
        ("Jansen", "Hansen leads the branch."),
        ("William", "Williamsburg is in Virginia."),
        ("Oslo", "The Osla warehouse has 14 gates."),
        ("P310", "The P3100 weighs 61 kg."),
        ("1946", "It was built in 1964."),
    ],
)
def test_a_name_that_is_much_like_another_is_still_missing(name: str, text: str) -> None:
    assert missing(set(terms(name)), set(terms(text))) == set(terms(name))
