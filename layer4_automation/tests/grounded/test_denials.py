"""A negation in a sentence has to deny what its source denies."""

import pytest

from api.services.rag.checking.details import denials, denies_otherwise
from api.services.text.terms import terms


def differ(sentence: str, passage: str) -> bool:
    return denies_otherwise(frozenset(terms(sentence)), denials(sentence), denials(passage))


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("The kit is not available in Europe.", "The kit is not sold in Europe."),
        ("Orlov did not leave the city.", "Orlov never left the city."),
        ("It can't be opened without a key.", "It cannot be opened without a key."),
        ("The charger costs 20 euros.", "The kit is not sold in Europe, but the charger costs 20 euros."),
        ("It is a key, not a number.", "It is a key, not a number."),
        ("The kit is sold.", "The kit is sold."),
    ],
)
def test_the_same_denial_in_other_words_and_one_of_something_else_agree(sentence: str, passage: str) -> None:
    assert not differ(sentence, passage)


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("The charger is not included.", "The kit is not sold in Europe, but the charger is included."),
        ("The kit is sold in Europe.", "The kit is not sold in Europe."),
        ("The kit is not sold in Europe.", "The kit is sold in Europe."),
        ("It is the number of the source, not the number of the document.", "It answers without the document."),
        ("It is never open.", "Nobody pays, and it is open."),
    ],
)
def test_a_denial_of_something_else_differs(sentence: str, passage: str) -> None:
    assert differ(sentence, passage)


def test_a_denial_without_words_behind_it_denies_anything() -> None:
    assert not differ("It is not.", "The kit is not sold.")
    assert differ("The kit is sold.", "Is it sold? It is not.")
