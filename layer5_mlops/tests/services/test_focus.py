"""What a long message asks."""

import pytest

from api.services.rag.asking.focus import focus


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        (
            "Could you please help me? My manager asked me to find out, for a presentation on Friday, when lunch is"
            " served in the canteen. Many thanks!",
            "when lunch is served in the canteen",
        ),
        (
            "Hello everybody, I have just joined the team and I am still looking around. How many days of leave do I"
            " get? Thank you very much.",
            "How many days of leave do I get?",
        ),
        (
            "I am writing a report about our offices. I would like to know who leads the branch in Riga. And when was"
            " the branch in Oslo opened?",
            "who leads the branch in Riga And when was the branch in Oslo opened?",
        ),
    ],
)
def test_a_long_message_is_reduced_to_its_questions(message: str, asked: str) -> None:
    assert focus(message) == asked


def test_an_order_to_list_something_is_no_part_of_what_is_asked() -> None:
    assert focus("Please list all steps of the onboarding checklist.") == "all steps of the onboarding checklist."
    assert focus("List prices rose, why?") == "List prices rose, why?"


@pytest.mark.parametrize(
    "message",
    [
        "When is lunch served?",
        "I know where it is. Thanks!",
        "Tell me everything about the history of the tower in Paris and about the engineer who designed it long ago"
        " please",
        "The tower stands in Paris. It was designed long ago. Visitors pay a fee at the gate. It is made of iron.",
    ],
)
def test_other_messages_stay_as_they_are(message: str) -> None:
    assert focus(message) == message
