"""Background tasks of chat front ends are recognised by their form, and questions are not taken for one."""

import json
import time

import pytest

from api.services.chat.background import background_task
from api.services.chat.turn import Message, Turn

QUESTION = "When did Carl Wilhelm Scheele discover oxygen, and who named it?"
SAID = f"USER: {QUESTION}\nASSISTANT: In 1773 or earlier."
TITLE = "When did Carl Wilhelm Scheele discover oxygen"

IN_TAGS = """## Your job
{job}

## Rules
- Use the language of the chat.

## Format
A raw object such as {format}

## Chat
<chat_history>
{said}
</chat_history>"""

BELOW_A_HEADING = """{job}
Answer with nothing else than JSON in this form: {format}

Conversation so far:
{said}"""

IN_A_FENCE = """{job}

Here is the conversation:
```
{said}
```
Reply with JSON only: {format}"""

FORMS = pytest.mark.parametrize("form", [IN_TAGS, BELOW_A_HEADING, IN_A_FENCE])


def reply(text: str, *history: Message) -> str | None:
    task = background_task(Turn(text, history))
    return task.reply() if task else None


@FORMS
@pytest.mark.parametrize(
    ("job", "format", "expected"),
    [
        ("Write a short title for this chat.", '{ "title": "..." }', {"title": TITLE}),
        ("Name this chat.", '{"chat_name": "..."}', {"chat_name": TITLE}),
        ("Sort this chat into categories.", '{ "tags": ["a", "b"] }', {"tags": []}),
        ("What might the user write next?", '{ "follow_ups": ["a", "b"] }', {"follow_ups": []}),
        ("Which searches would help?", '{"queries": ["a"]}', {"queries": []}),
        ("Go on where the user stopped typing.", '{"completion": "..."}', {"completion": ""}),
        ("Choose one symbol for this chat.", '{"emoji": "..."}', {"emoji": "💬"}),
    ],
)
def test_the_reply_has_the_key_that_is_asked_for(form: str, job: str, format: str, expected: object) -> None:
    text = form.format(job=job, format=format, said=SAID)
    assert json.loads(reply(text) or "null") == expected


@pytest.mark.parametrize(
    "text",
    [
        f"Give this conversation a name of at most five words. Only the name, no quotes.\n\nConversation:\n{SAID}",
        f"Here is a transcript:\n```\nuser: {QUESTION}\n---\nassistant: In 1773.\n```\nJust give me a title.",
        f"<conversation>\nHuman: {QUESTION}\nAI: In 1773.\n</conversation>\n\nReturn only a title.",
    ],
)
def test_a_title_without_a_format_is_bare_text(text: str) -> None:
    assert reply(text) == TITLE


def test_an_emoji_for_a_message_is_a_neutral_one() -> None:
    assert reply("Choose a fitting emoji for the mood of the speaker.\n\nMessage: ```I passed my exam!```") == "💬"


def test_the_instructions_may_stand_in_a_system_message() -> None:
    rules = Message("system", 'You write titles. Reply with {"title": "..."}')
    assert reply(f"Conversation:\n{SAID}", rules) == json.dumps({"title": TITLE})


@pytest.mark.parametrize(
    "text",
    [
        QUESTION,
        "What is the title of the report?",
        "Give me only the title of the report on oxygen.",
        'Which keys does the file {"title": "x"} have?',
        f"What did we conclude here?\n\nConversation:\n{SAID}",
        f"<chat_history>\n{SAID}\n</chat_history>\nSummarise this.",
        "The chat: is it stored? Only tell me yes or no.",
        f"Just list the topics.\n\nConversation:\n{SAID}",
    ],
)
def test_a_question_is_no_background_task(text: str) -> None:
    assert reply(text) is None


def test_a_later_turn_of_a_conversation_is_no_background_task() -> None:
    text = IN_TAGS.format(job="Write a title.", format='{"title": ""}', said=SAID)
    assert background_task(Turn(text, (Message("user", "Hello"), Message("assistant", "Hello")))) is None


@pytest.mark.parametrize("text", ["<chat_history>" * 14_000, "Chat:\n" * 30_000, "\n" * 190_000, "# " * 90_000])
def test_hostile_text_is_judged_quickly(text: str) -> None:
    started = time.perf_counter()
    background_task(Turn(text))
    assert time.perf_counter() - started < 1
