"""Whether a text says of the subject of a question what the question asks."""

import pytest

from api.services.rag.answerability.said import (
    counts_another,
    deed_is_elsewhere,
    is_of_an_alternative,
    stems,
    verb_is_elsewhere,
)

BRIDGE = "The bridge was built in 1946 and opened by Karin Holm."


@pytest.mark.parametrize(
    ("question", "text", "elsewhere"),
    [
        ("Who opened the bridge?", BRIDGE, False),
        ("Who inaugurated the bridge?", BRIDGE, False),
        ("When was the bridge constructed?", BRIDGE, False),
        ("Who designed the bridge?", BRIDGE, True),
        ("When was the bridge repaired?", BRIDGE, True),
        ("Who wrote The Salt Road?", "Hedda Moen is the author of The Salt Road.", False),
        ("How many workers died in its construction?", "It was built by 900 workers.", True),
        ("How many books does the library own?", "Readers may borrow ten books.", True),
        ("What opened in 1946?", "A bridge was built.", False),
    ],
)
def test_a_text_may_lack_the_verb_of_a_question_and_what_stands_for_it(
    question: str, text: str, elsewhere: bool
) -> None:
    assert verb_is_elsewhere(question, stems(text)) == elsewhere


@pytest.mark.parametrize(
    ("question", "text", "elsewhere"),
    [
        ("Who climbed the glacier?", "Anton Berg climbed the glacier.", False),
        ("Who climbed the glacier?", "Anton Berg drew a map of the glacier.", True),
        ("Who designed the bridge?", "It is of stone.", False),
        ("Who is the mayor?", "It is of stone.", False),
    ],
)
def test_a_text_may_lack_what_somebody_did(question: str, text: str, elsewhere: bool) -> None:
    assert deed_is_elsewhere(question, stems(text)) == elsewhere


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        ("What do children pay?", "Adults pay 9 euros.", True),
        ("What do children pay?", "Pupils pay 5 euros, adults 9.", False),
        ("What does a ticket cost?", "Adults pay 9 euros.", False),
        ("What is served on Mondays?", "On Thursdays there is fish.", True),
        ("What does a single ticket cost?", "A return ticket costs 18 euros.", True),
    ],
)
def test_a_text_may_speak_of_what_a_word_of_the_question_excludes(question: str, text: str, other: bool) -> None:
    assert is_of_an_alternative(question, stems(text)) == other


@pytest.mark.parametrize(
    ("question", "text", "another"),
    [
        ("How many gates are there?", "It has 14 new loading gates.", False),
        ("How many gates are there?", "Gates: 14", False),
        ("How many gates are there?", "It has 14 cranes and several gates.", False),
        ("How many gates are there?", "It has 14 cranes beside the gates.", True),
        ("How many of the vaccinated fell ill?", "After a year, 11 of the vaccinated were ill.", False),
        ("How many DVDs can I borrow?", "Readers borrow ten books for four weeks and DVDs for one week.", True),
        ("Wie viele Stufen hat er?", "Sein Licht reicht vierzig Kilometer weit.", True),
        ("Wie viele Autos nimmt sie mit?", "Sie nimmt dreißig Autos mit.", False),
        ("¿Cuántos vagones tiene?", "El tren tiene siete vagones.", False),
        ("¿Cuántos vagones tiene?", "El tren sale cada dos horas.", True),
        ("How deep is it?", "It has 14 gates.", False),
    ],
)
def test_a_number_may_count_another_thing(question: str, text: str, another: bool) -> None:
    assert counts_another(question, text) == another
