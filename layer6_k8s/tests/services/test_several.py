"""Messages that ask several questions."""

import pytest

from api.services.rag.asking.several import several


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        (
            "Who supplied the autoclave? And how often does it need a service?",
            ["Who supplied the autoclave?", "how often does supplied autoclave need a service?"],
        ),
        (
            "What does plan M pay for teeth, and what is the deductible?",
            ["What does plan M pay for teeth", "what is the deductible?"],
        ),
        (
            "Who supplied the autoclave? And who runs the canteen?",
            ["Who supplied the autoclave?", "who runs the canteen?"],
        ),
        (
            "Wann tagt der Betriebsrat, und wer gibt den Schlüssel aus?",
            ["Wann tagt der Betriebsrat", "wer gibt den Schlüssel aus?"],
        ),
    ],
)
def test_each_question_stands_alone(message: str, questions: list[str]) -> None:
    assert several(message) == questions


@pytest.mark.parametrize(
    "message",
    [
        "When does the canteen open?",
        "How and why does the pump stop?",
        "What should be ignored, and what be said about the tower?",
        "Who won and who lost?",
        "What is meant by bread and butter?",
        "The canteen is closed. When does it open?",
        "Who is A B? Who is C D? Who is E F? Who is G H?",
        "",
    ],
)
def test_one_question_stays_whole(message: str) -> None:
    assert several(message) == [message]
