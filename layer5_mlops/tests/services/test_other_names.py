"""A passage about another name than the one that is asked for."""

import pytest

from api.services.rag.answerability.other_names import says_it_of_another


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        ("How many gates does the Malmö warehouse have?", "The Bergen warehouse has 14 gates.", True),
        ("How many gates does the Malmö warehouse have?", "The Malmö warehouse has 14 gates.", False),
        ("How many gates does the Malmö warehouse have?", "It has 14 gates, more than any other in Sweden.", False),
        ("How many cars does the ferry Berta carry?", "The ferry Alma carries 120 cars.", True),
        ("How long is the cable of sensor T200?", "Sensor P520 has a cable of three metres.", True),
        ("How long is the cable of sensor T200?", "Sensor T200 has a cable of three metres.", False),
        ("What changed in release 7.9?", "In release 4.2 sessions end earlier.", True),
        ("How many gates does the warehouse have?", "The Bergen warehouse has 14 gates.", False),
        ("Who was Karin Holm?", "Bridges like that of Svindersund are rare.", False),
    ],
)
def test_a_text_may_say_it_of_another_name(question: str, text: str, other: bool) -> None:
    assert says_it_of_another(question, text) == other
