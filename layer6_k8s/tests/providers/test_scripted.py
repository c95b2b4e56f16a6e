"""A language model that answers in its own pieces, at its own pace, and ends in its own way."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.servers.scripted import ScriptedModel, tool_call


async def test_the_pieces_of_the_model_are_the_tokens_of_the_stream(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient
) -> None:
    scripted.says(pieces=["Par", "is (", "1", ")."])
    response = await http.post(f"{serve(**scripted.settings)}/chat/stream", json={"message": "Hello", "max_tokens": 9})
    tokens = [line for line in response.text.splitlines() if line.startswith('data: {"text"')]
    assert [json.loads(line.removeprefix("data: "))["text"] for line in tokens] == ["Par", "is (", "1", ")."]
    assert [(body["model"], body["max_tokens"]) for body in scripted.bodies] == [("scripted", 9)]


async def test_a_reply_can_depend_on_the_request(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient
) -> None:
    scripted.says("Anything else.")
    scripted.says("About “cats”.", when="say “cat”")
    url = serve(**scripted.settings)
    answers = [await http.post(f"{url}/chat", json={"message": text}) for text in ("Now say “cat”.", "Hello")]
    assert [answer.json()["response"] for answer in answers] == ["About “cats”.", "Anything else."]
    assert scripted.prompts == ["Now say “cat”.", "Hello"]


async def test_an_answer_that_is_cut_off_says_so(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient
) -> None:
    scripted.says("It was in", finish="length")
    answer = (await http.post(f"{serve(**scripted.settings)}/chat", json={"message": "When?"})).json()
    assert (answer["response"], answer["finish_reason"]) == ("It was in", "length")


@pytest.mark.parametrize("stream", [False, True])
async def test_the_scripted_server_speaks_openais_protocol(
    scripted: ScriptedModel, http: httpx2.AsyncClient, stream: bool
) -> None:
    import openai

    scripted.says("", tool_calls=[tool_call("weather", city="Paris")], finish="tool_calls")
    client: Any = openai.AsyncOpenAI(base_url=scripted.url, api_key="none", http_client=http)
    request = {"model": "any", "messages": [{"role": "user", "content": "Weather?"}], "n": 2}
    if stream:
        async with client.chat.completions.stream(**request) as events:
            completion = await events.get_final_completion()
    else:
        completion = await client.chat.completions.create(**request)
    assert [choice.finish_reason for choice in completion.choices] == ["tool_calls", "tool_calls"]
    assert completion.choices[1].message.tool_calls[0].function.name == "weather"
