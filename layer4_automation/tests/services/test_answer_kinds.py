"""The kind of answer that a question asks for."""

import pytest

from api.services.rag.answerability.answer_kinds import counted, kind_asked, unsaid
from api.services.text.terms import terms


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How heavy is the pump?", "weight"),
        ("How deep is the water at the quay?", "length"),
        ("How long is the bridge?", "length or duration"),
        ("How long must a password be kept?", "duration"),
        ("How much does a ticket cost?", "money"),
        ("How many gates does the warehouse have?", "count"),
        ("At what time does the meeting begin?", "clock"),
        ("When was the dairy founded?", "time"),
        ("Who paid for the study?", "person"),
        ("Where is she buried?", "place"),
        ("What percentage of the votes did he get?", "share"),
        ("At what temperature is it stored?", "temperature"),
        ("What is a prime number?", None),
        ("¿Cuánto cuesta el billete?", None),
    ],
)
def test_a_question_asks_for_a_kind(question: str, kind: str | None) -> None:
    found = kind_asked(question)
    assert (found.name if found else None) == kind


@pytest.mark.parametrize(
    ("question", "text", "given"),
    [
        ("How heavy is the pump?", "The pump weighs 61 kg.", True),
        ("How heavy is the pump?", "The pump delivers 45 cubic metres per hour.", False),
        ("How deep is the water?", "Boats of two metres draught moor here.", True),
        ("How deep is the water?", "Boats announce themselves on channel 12.", False),
        ("What does the ticket cost?", "Admission is 9 euros.", True),
        ("What does the ticket cost?", "The museum shows 430 clocks.", False),
        ("How many musicians does it have?", "It has twenty-four musicians.", True),
        ("How many musicians does it have?", "It was founded in 1946.", False),
        ("When was the bridge built?", "The bridge of Svindersund was built in 1946.", True),
        ("When was the bridge of 1946 repaired?", "The bridge of 1946 is of stone.", False),
        ("Who designed the bridge of Svindersund?", "The bridge was drawn by Karin Holm.", True),
        ("Who designed the bridge of Svindersund?", "The bridge of Svindersund is of stone.", False),
        ("How tall is the lighthouse?", "It is 28 metres high.", True),
        ("How tall is the lighthouse?", "Its light is seen for 14 miles.", False),
        ("How deep is the quay?", "Boats longer than 14 metres moor at the quay.", False),
        ("How wide may signs be?", "No sign may be wider than two metres.", True),
        ("How loud is the pump?", "The pump weighs 61 kg.", False),
        ("How loud is the pump?", "At full load it makes 64 dB.", True),
        ("At what time does the tour start?", "Tours start at 11 am.", True),
        ("At what time does the tour start?", "Tours start on the third floor.", False),
        ("How long does it take?", "It takes three hours.", True),
        ("How long does it take?", "It takes three people.", False),
    ],
)
def test_a_text_has_an_answer_of_the_kind_or_not(question: str, text: str, given: bool) -> None:
    kind = kind_asked(question)
    assert kind
    assert kind.is_in(text, set(terms(question))) == given


def test_what_is_counted_is_the_word_before_the_verb() -> None:
    assert [counted("How many loading gates does the warehouse have?")] == terms("gates")
    assert counted("How much does it cost?") is None
    assert counted("Who counts the gates?") is None


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Which actress sang for the queen?", "actress"),
        ("What team colour did the guests wear?", "team colour"),
        ("What is the scale for hurricanes called?", "called"),
        ("What did the guests wear?", ""),
        ("How deep is the quay?", ""),
    ],
)
def test_an_answer_need_not_say_the_words_that_name_what_is_asked_for(question: str, words: str) -> None:
    assert unsaid(question) & set(terms(question)) == set(terms(words))
