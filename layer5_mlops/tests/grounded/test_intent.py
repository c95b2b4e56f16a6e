"""What a message asks for."""

import pytest

from api.services.chat.turn import Message, Turn
from api.services.rag.asking.intent import intent_of, topic_of

PAST = (Message("user", "Who drew the bridge?"), Message("assistant", "Karin Holm [1]."))
TEXT = "The bridge was opened in 1946, and it is 420 metres long. " * 5


@pytest.mark.parametrize(
    ("intent", "messages"),
    [
        (
            "conversation",
            [
                "Hello",
                "Thanks, that helps!",
                "What can you do?",
                "Can you help me?",
                "Merci beaucoup !",
                "Good morning",
                "ok",
            ],
        ),
        ("text", [f"Summarise this text: {TEXT}", f"Please translate the following to German:\n\n{TEXT}"]),
        (
            "library",
            [
                "Which documents do you have?",
                "How many documents are there?",
                "How many files?",
                "List all files",
                "What files have been uploaded?",
                "Show me the documents",
                "What is in your library?",
                "Which documents do you have about pumps?",
                "Do you have any files on travel costs?",
                "Which reports mention Oslo?",
                "Show me all documents that discuss pensions.",
            ],
        ),
        (
            "document",
            [
                "Summarise the document.",
                "What is this document about?",
                "Give me an overview.",
                "Give me the key points of these documents.",
                "Summarize the bridge report in 3 bullets",
                "What is in bridge.txt?",
                "What's in the file Q3 report.pdf?",
                "What is in the employee handbook?",
                "What does the travel policy cover?",
                "Translate the first paragraph of bridge.txt to French.",
            ],
        ),
        (
            "question",
            [
                "Who drew the bridge?",
                "What documents are required for a visa?",
                "Which documents did the architect sign?",
                "What documents do I need for the trip?",
                "What does the travel policy say about hotels?",
                "What is in the box?",
                "How many pages does the report have?",
                "What does the document say about the ferry?",
                "What is the summary judgment rule?",
                "Write an email to my team about the bridge.",
                "Quand le pont a-t-il été ouvert ?",
                "Shorter, please.",
            ],
        ),
    ],
)
def test_a_message_is_of_one_kind(intent: str, messages: list[str]) -> None:
    assert {message: intent_of(Turn(message)) for message in messages} == dict.fromkeys(messages, intent)


@pytest.mark.parametrize(
    "message",
    [
        "Shorter, please.",
        "Say that again in one short sentence.",
        "Translate your answer to German.",
        "And in German?",
        "Make it shorter.",
        "tell me more about it",
        "What did I just ask?",
    ],
)
def test_talk_about_an_answer_needs_one(message: str) -> None:
    assert intent_of(Turn(message, PAST)) == "conversation"
    assert intent_of(Turn(message)) != "conversation"


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("Which documents do you have about pumps?", "pumps"),
        ("Are there any reports on the Oslo branch?", "the Oslo branch"),
        ("Please list all files regarding data protection.", "data protection"),
        ("Which documents do you have here?", ""),
        ("Which documents do you have on file?", ""),
        ("Who wrote about pumps?", ""),
    ],
)
def test_the_subject_of_a_question_for_documents_is_found(message: str, topic: str) -> None:
    assert topic_of(message) == topic
