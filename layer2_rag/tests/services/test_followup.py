"""Follow-up questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.services.chat.turn import Message
from api.services.rag.asking.followup import MAX_CHARS, new_subject, standalone


def ask(*questions: str) -> str:
    """The last question, resolved; after each earlier one the history has an answer."""
    *earlier, last = questions
    history = [m for q in earlier for m in (Message("user", q), Message("assistant", "It is Rupert Murdoch."))]
    return standalone(last, history)


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("Who founded Sky Television?", "And when was it founded?", "when was Sky Television founded?"),
        ("Where did Martin Luther live?", "What were his books?", "What were Martin Luther's books?"),
        ("What is the capital of France?", "What about Germany?", "What is the capital of Germany?"),
        ("What happened in 1995?", "And in 1996?", "What happened in 1996?"),
        ("How do I change the port?", "And in Docker?", "How do I change the port in Docker?"),
        ("How do I change the port?", "Why?", "change port: Why?"),
        ("When was Super Bowl 50 played?", "Who won?", "Super Bowl 50: Who won?"),
        ("What is BM25?", "What is that good for?", "BM25: What is that good for?"),
        ("What is the IPCC?", "Is there a report that it published in 1995?", None),
        ("Wer gründete Sky?", "Und wann?", "Sky: wann?"),
        ("What is the maximum head of pump P05?", "How heavy is it?", "How heavy is pump P05?"),
        ("How much is room 12?", "Is it free in May?", "Is room 12 free in May?"),
        ("Where is part x-200 made?", "And who made it?", "who made part x-200?"),
        ("What are the working hours?", "And for lunch?", "working hours: for lunch?"),
        ("What are the working hours?", "What about visitors?", "working hours: visitors?"),
        ("¿Cuál es el horario?", "¿Y para los visitantes?", "Cuál es el horario: para los visitantes?"),
        ("Какая высота башни?", "А зимой?", "Какая высота башни: зимой?"),
        ("What is the air flow of VX-030?", "And of VX-090?", "What is the air flow of VX-090?"),
        ("Who teaches C++?", "And C#?", "Who teaches C#?"),
        ("What does plan M cost?", "And in plan L?", "What does plan L cost?"),
    ],
)
def test_a_follow_up_gets_its_subject_from_the_question_before(
    before: str, question: str, expected: str | None
) -> None:
    assert ask(before, question) == (expected or "Is there a report that IPCC published in 1995?")


def test_a_chain_of_follow_ups_keeps_its_subject() -> None:
    resolved = ask("Who founded Sky Television?", "And when was it founded?", "Who runs it today?")
    assert resolved == "Who runs Sky Television today?"


def test_a_new_subject_takes_the_place_of_the_old_one() -> None:
    asked = ["What are the working hours?", "And for lunch?", "What about visitors?", "Where do they register?"]
    assert ask(*asked) == "Where do visitors register?"


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What about visitors?", "visitors?"),
        ("And who runs the canteen?", "who runs the canteen?"),
        ("And who runs it during lunch?", ""),
        ("How about the parking fee?", "the parking fee?"),
        ("And the weight?", "the weight?"),
        ("¿Y los visitantes?", "los visitantes?"),
        ("And for visitors?", ""),
        ("And in winter?", ""),
        ("What about Germany?", ""),
        ("What about it?", ""),
        ("And when?", ""),
        ("Visitors?", ""),
        ("And what is the maximum size of an uploaded file?", ""),
    ],
)
def test_a_follow_up_without_a_preposition_may_be_about_something_new(question: str, subject: str) -> None:
    assert new_subject(question) == subject


@pytest.mark.parametrize(
    "question",
    [
        "What is the Amazon rainforest?",
        "What is docker?",
        "Are there limits on the size of an upload?",
        "Is it possible to upload files?",
        "And what is the maximum size of an uploaded file?",
        "Thanks",
    ],
)
def test_a_question_that_stands_on_its_own_is_unchanged(question: str) -> None:
    assert ask("Who founded Sky Television?", question) == question


LONG_NAMES = "Arthur Conan Doyle and Sherlock Holmes met in London. " * 2_000
LONG_WORDS = "all those plain words about harbours and lighthouses " * 2_000


@pytest.mark.parametrize("earlier", [LONG_NAMES, LONG_WORDS, "x" * 100_000, "A1 " * 33_000, " " * 100_000])
@pytest.mark.parametrize("question", ["Why?", "And in Docker?", "And when was it founded?", "What is it? " * 600])
def test_a_question_has_at_most_8000_characters_whatever_the_history_holds(earlier: str, question: str) -> None:
    assert MAX_CHARS == 8_000
    assert len(ask(*[earlier] * 5, question)) <= MAX_CHARS


def test_a_question_that_is_too_long_is_cut() -> None:
    assert ask("x" * 9_000) == ask("Who founded Sky Television?", "x" * 9_000) == "x" * MAX_CHARS


def test_a_follow_up_on_a_pasted_text_gets_its_subject_from_the_beginning() -> None:
    pasted = "Who founded Sky Television? " + LONG_WORDS
    assert ask(pasted, "And when was it founded?") == "when was Sky Television founded?"


@given(st.text())
def test_without_history_every_question_is_unchanged(question: str) -> None:
    assert standalone(question, []) == question
    assert standalone(question, [Message("assistant", "Sky"), Message("system", "Sky")]) == question


@given(st.lists(st.text(), max_size=6), st.text())
def test_any_conversation_can_be_resolved(earlier: list[str], question: str) -> None:
    assert isinstance(ask(*earlier, question), str)
