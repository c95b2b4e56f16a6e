"""Abbreviations and their long forms."""

import pytest

from api.services.rag.abbreviations import other_form
from api.services.retrieval.search import Hit
from tests.services.passages import hit

SHORT = hit("The WHO agrees. PTO requests are approved by the team lead. The SLA covers weekdays.")
LONG = hit("The service level agreement covers weekdays, and so does every key performance indicator.")


@pytest.mark.parametrize(
    ("question", "meant", "text"),
    [
        ("Who approves paid time off?", "Who approves PTO?", SHORT),
        ("What does the Service Level Agreement cover?", "What does the SLA cover?", SHORT),
        ("What does the SLA cover?", "What does the service level agreement cover?", LONG),
        ("Is there a KPI?", "Is there a key performance indicator?", LONG),
    ],
)
def test_a_question_takes_the_form_that_the_text_has(question: str, meant: str, text: Hit) -> None:
    assert other_form(question, [text]) == meant


@pytest.mark.parametrize(
    "question", ["What does the SLA cover?", "Who approves travel?", "Is NASA there?", "Who heads our office?", ""]
)
def test_other_questions_stay(question: str) -> None:
    assert other_form(question, [SHORT]) == question
