"""Turns continue a conversation."""

import asyncio
import uuid
from itertools import pairwise

import pytest

from tests.conversations.conftest import Talker


def sent(talker: Talker) -> list[str]:
    """The messages of the last request to the model, without the system prompt."""
    return [message["content"] for message in talker.model.chats[-1]["messages"][1:]]


async def test_the_first_question_creates_a_conversation(talker: Talker) -> None:
    answer = await talker.ask("What is the capital of France?")
    conversation = await talker.get(f"/conversations/{answer['conversation_id']}")
    assert conversation["title"] == "What is the capital of France?"
    assert conversation["next_cursor"] is None
    question, kept = conversation["messages"]
    assert (question["role"], question["content"]) == ("user", "What is the capital of France?")
    assert (question["answer"], question["sources"]) == (None, [])
    assert (kept["role"], kept["content"]) == ("assistant", "Paris is the capital of France.")
    assert kept["id"] == answer["message_id"]
    assert kept["answer"] == {name: answer[name] for name in kept["answer"]}
    assert conversation["created_at"] == question["created_at"] <= kept["created_at"] == conversation["updated_at"]


async def test_a_follow_up_is_answered_with_the_messages_before_it(talker: Talker) -> None:
    first = await talker.ask("What is the capital of France?")
    talker.model.words = ("Two ", "million.")
    second = await talker.ask("How many live there?", conversation_id=first["conversation_id"])
    assert second["conversation_id"] == first["conversation_id"]
    said = ["What is the capital of France?", "Paris is the capital of France.", "How many live there?"]
    assert sent(talker) == said
    assert await talker.contents(first["conversation_id"]) == [*said, "Two million."]
    assert await talker.listed() == [first["conversation_id"]]


async def test_a_stream_continues_a_conversation_and_ends_with_its_id(talker: Talker) -> None:
    first = await talker.ask("Hello")
    body = {"message": "And now?", "conversation_id": first["conversation_id"]}
    stream = await talker.http.post(f"{talker.url}/chat/stream", json=body)
    [message] = [m for m in await talker.messages(first["conversation_id"]) if m["content"] == "And now?"]
    assert f'"conversation_id":"{first["conversation_id"]}"' in stream.text
    assert message["role"] == "user"


async def test_of_a_long_conversation_only_the_last_messages_are_read(talker: Talker) -> None:
    answer = await talker.ask("Question 0")
    for number in range(1, 22):
        await talker.ask(f"Question {number}", conversation_id=answer["conversation_id"])
    assert len(sent(talker)) == 41
    assert sent(talker)[0] == "Question 1"


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_an_unknown_conversation_is_a_404(talker: Talker, path: str) -> None:
    status = await talker.refused(path, conversation_id=str(uuid.uuid4()))
    assert status == (404, "conversation_not_found")
    assert talker.model.chats == []
    assert await talker.listed() == []


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_history_and_a_conversation_exclude_each_other(talker: Talker, path: str) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    history = [{"role": "user", "content": "Hi"}]
    assert await talker.refused(path, conversation_id=id, history=history) == (422, "invalid_request")
    assert (await talker.ask("Hello", conversation_id=id, history=[]))["conversation_id"] == id


async def test_a_turn_with_a_history_of_its_own_creates_a_conversation(talker: Talker) -> None:
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    answer = await talker.ask("And now?", history=history)
    assert sent(talker) == ["Hi", "Hello.", "And now?"]
    assert await talker.contents(answer["conversation_id"]) == ["And now?", "Paris is the capital of France."]


async def test_a_turn_that_is_not_to_be_stored_is_not_stored(talker: Talker) -> None:
    answer = await talker.ask("Between us", store=False)
    assert (answer["conversation_id"], answer["message_id"]) == (None, None)
    assert await talker.listed() == []
    id = (await talker.ask("Hello"))["conversation_id"]
    aside = await talker.ask("Between us", conversation_id=id, store=False)
    assert sent(talker)[0] == "Hello"
    assert (aside["conversation_id"], aside["message_id"]) == (id, None)
    assert len(await talker.messages(id)) == 2


@pytest.mark.parametrize("stream", [False, True])
async def test_openais_routes_store_nothing(talker: Talker, stream: bool) -> None:
    body = {"messages": [{"role": "user", "content": "Hello"}], "stream": stream}
    assert (await talker.http.post(f"{talker.url}/v1/chat/completions", json=body)).status_code == 200
    assert await talker.listed() == []


async def test_an_answer_can_be_replaced(talker: Talker) -> None:
    first = await talker.ask("Hello")
    id = first["conversation_id"]
    await talker.ask("How are you?", conversation_id=id)
    last = await talker.ask("How are you?", conversation_id=id)
    talker.model.words = ("Well.",)
    better = await talker.ask("How are you now?", conversation_id=id, replaces=last["message_id"])
    assert len(sent(talker)) == 5
    contents = await talker.contents(id)
    assert contents[-2:] == ["How are you now?", "Well."]
    assert len(contents) == 6
    assert await talker.refused(conversation_id=id, replaces=first["message_id"]) == (409, "not_the_last_answer")
    assert await talker.refused(replaces=better["message_id"]) == (422, "invalid_request")


async def test_the_only_answer_can_be_replaced(talker: Talker) -> None:
    first = await talker.ask("Hello")
    body = {"conversation_id": first["conversation_id"], "replaces": first["message_id"]}
    again = await talker.ask("Hello", **body)
    assert sent(talker) == ["Hello"]
    assert [m["id"] for m in await talker.messages(first["conversation_id"])][1:] == [again["message_id"]]


async def test_concurrent_turns_are_stored_whole_and_one_after_the_other(talker: Talker) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    questions = [f"Question {number}" for number in range(8)]
    await asyncio.gather(*(talker.ask(question, conversation_id=id) for question in questions))
    messages = await talker.messages(id)
    assert [message["role"] for message in messages] == ["user", "assistant"] * 9
    assert {message["content"] for message in messages[2::2]} == set(questions)
    answered = [message["created_at"] for message in messages[1::2]]
    assert all(first <= second for first, second in pairwise(answered))


async def test_two_concurrent_replacements_of_an_answer_are_both_stored(talker: Talker) -> None:
    first = await talker.ask("Hello")
    body = {"conversation_id": first["conversation_id"], "replaces": first["message_id"]}
    talker.model.behaviour, talker.model.delay = "slow", 0.2
    again = await asyncio.gather(talker.ask("One", **body), talker.ask("Two", **body))
    messages = await talker.messages(first["conversation_id"])
    assert sorted(message["id"] for message in messages[1::2]) == sorted(answer["message_id"] for answer in again)
