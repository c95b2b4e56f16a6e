"""The options of a request at /v1: passed on to a model, and without one accepted where they demand nothing."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from tests.servers.ollama import OllamaServer
from tests.servers.openai import OpenAIServer

TEXT = "Paris is the capital of France. What is the capital of France?"
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
NAMED = {"type": "function", "function": {"name": "weather"}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "city", "schema": {"type": "object"}}}
OPTIONS = {
    "stop": ["END"],
    "top_p": 0.5,
    "seed": 7,
    "frequency_penalty": 0.1,
    "presence_penalty": 0.2,
    "tools": TOOLS,
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "response_format": SCHEMA,
    "logprobs": True,
    "top_logprobs": 2,
}

Complete = Callable[..., Awaitable[httpx2.Response]]


@pytest.fixture
def complete(serve: Callable[..., str], openai_server: OpenAIServer, http: httpx2.AsyncClient) -> Complete:
    """Send a completion request to a layer on the loopback model server."""
    url = serve(llm_provider="openai", openai_base_url=openai_server.url, openai_api_key=openai_server.key)

    async def send(**body: Any) -> httpx2.Response:
        messages = [{"role": "user", "content": TEXT}]
        return await http.post(f"{url}/v1/chat/completions", json={"messages": messages} | body)

    return send


def chunks_of(response: httpx2.Response) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: ")]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


async def test_options_reach_a_model_of_openais_protocol_unchanged(
    complete: Complete, openai_server: OpenAIServer
) -> None:
    assert (await complete(**OPTIONS)).status_code == 200
    [sent] = openai_server.chats
    assert {name: sent[name] for name in OPTIONS} == OPTIONS


async def test_options_that_are_not_given_are_left_to_the_model(
    complete: Complete, openai_server: OpenAIServer
) -> None:
    await complete(tools=[], tool_choice="auto")
    assert openai_server.chats[0].keys() == {"model", "messages", "max_tokens", "stream", "stream_options"}


async def test_ollama_gets_the_options_in_its_own_form(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    body = {"messages": [{"role": "user", "content": TEXT}], **OPTIONS}
    assert (await http.post(f"{url}/v1/chat/completions", json=body)).status_code == 200
    [sent] = ollama.chats
    sampling = ("stop", "top_p", "seed", "frequency_penalty", "presence_penalty")
    assert {name: sent["options"][name] for name in sampling} == {name: OPTIONS[name] for name in sampling}
    assert (sent["tools"], sent["format"], sent["logprobs"]) == (TOOLS, {"type": "object"}, True)
    forced = await http.post(f"{url}/v1/chat/completions", json=body | {"tool_choice": "required"})
    assert (forced.status_code, forced.json()["error"]["param"]) == (400, "tool_choice")


async def test_ollama_gets_no_tools_for_a_model_that_cannot_call_them(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.capabilities = {"tiny:latest": ["completion"]}
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    body = {"messages": [{"role": "user", "content": TEXT}], "tools": TOOLS}
    assert (await http.post(f"{url}/v1/chat/completions", json=body)).status_code == 200
    assert "tools" not in ollama.chats[0]


@pytest.mark.parametrize("stream", [True, False])
async def test_tool_calls_of_the_model_reach_the_client(
    complete: Complete, openai_server: OpenAIServer, stream: bool
) -> None:
    openai_server.words, openai_server.tool_calls = (), [CALL, CALL | {"id": "call_2"}]
    response = await complete(tools=TOOLS, stream=stream)
    if stream:
        deltas = [chunk["choices"][0]["delta"] for chunk in chunks_of(response)]
        calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
        assert calls == [{"index": 0, **CALL}, {"index": 1, **CALL, "id": "call_2"}]
        assert chunks_of(response)[-1]["choices"][0]["finish_reason"] == "tool_calls"
    else:
        [choice] = response.json()["choices"]
        assert choice["finish_reason"] == "tool_calls"
        assert choice["message"]["content"] is None
        assert choice["message"]["tool_calls"] == openai_server.tool_calls


@pytest.mark.parametrize("status", [400, 500])
async def test_a_server_without_tools_is_asked_again_without_them(
    complete: Complete, openai_server: OpenAIServer, status: int
) -> None:
    openai_server.refuses_tools = status
    assert (await complete(tools=TOOLS)).status_code == 200
    assert "tools" not in openai_server.chats[0]


async def test_a_request_that_the_server_refuses_is_the_clients_error(
    complete: Complete, openai_server: OpenAIServer
) -> None:
    openai_server.refuses_tools = 400
    response = await complete(tools=TOOLS, tool_choice="required")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "prompt_refused")
    assert "this model has no tools" in response.json()["error"]["message"]


async def test_several_answers_are_several_choices(complete: Complete, openai_server: OpenAIServer) -> None:
    body = (await complete(n=3, seed=7)).json()
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]
    assert [sent["seed"] for sent in openai_server.chats] == [7, 8, 9]
    assert body["usage"] == {"prompt_tokens": 21, "completion_tokens": 18, "total_tokens": 39}


async def test_several_answers_are_streamed_one_after_the_other(complete: Complete) -> None:
    chunks = chunks_of(await complete(n=2, stream=True, stream_options={"include_usage": True}))
    *chunks, usage = chunks
    indexes = [chunk["choices"][0]["index"] for chunk in chunks]
    assert indexes == sorted(indexes)
    assert [c["choices"][0]["index"] for c in chunks if c["choices"][0]["finish_reason"]] == [0, 1]
    assert usage["usage"]["completion_tokens"] == 12


@pytest.mark.parametrize("stream", [True, False])
async def test_log_probabilities_are_carried_through(
    complete: Complete, openai_server: OpenAIServer, stream: bool
) -> None:
    openai_server.logprobs = True
    response = await complete(logprobs=True, stream=stream)
    choices = [chunk["choices"][0] for chunk in chunks_of(response)] if stream else response.json()["choices"]
    tokens = [token["token"] for choice in choices for token in (choice.get("logprobs") or {}).get("content", ())]
    assert tokens == list(openai_server.words)


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_the_reason_of_the_end_is_the_models(
    complete: Complete, openai_server: OpenAIServer, reason: str
) -> None:
    openai_server.finish_reason = reason
    assert (await complete()).json()["choices"][0]["finish_reason"] == reason


async def test_every_chunk_names_the_model(complete: Complete, openai_server: OpenAIServer) -> None:
    assert {chunk["model"] for chunk in chunks_of(await complete(stream=True))} == {openai_server.chats[0]["model"]}


async def test_tools_that_do_not_fit_the_window_are_left_out_and_the_answer_says_so(
    complete: Complete, openai_server: OpenAIServer
) -> None:
    large = [{"type": "function", "function": {"name": "weather", "description": "x" * 100_000}}]
    content = (await complete(tools=large)).json()["choices"][0]["message"]["content"]
    assert "tools" not in openai_server.chats[0]
    assert content.startswith("Paris is the capital of France.\n\n*The tools of this request were left out")


@pytest.mark.parametrize("tool_choice", [None, "auto", "none"])
async def test_without_a_model_neutral_options_are_accepted(
    url: str, http: httpx2.AsyncClient, tool_choice: str | None
) -> None:
    neutral = OPTIONS | {"response_format": {"type": "text"}, "logprobs": False, "top_logprobs": None, "n": 1}
    body = {"messages": [{"role": "user", "content": TEXT}], **neutral, "tool_choice": tool_choice}
    response = await http.post(f"{url}/v1/chat/completions", json=body)
    assert response.json()["choices"][0]["message"]["content"] == "“Paris is the capital of France.”"


@pytest.mark.parametrize(
    ("param", "options"),
    [
        ("tool_choice", {"tools": TOOLS, "tool_choice": "required"}),
        ("tool_choice", {"tools": TOOLS, "tool_choice": NAMED}),
        ("n", {"n": 2}),
        ("response_format", {"response_format": {"type": "json_object"}}),
        ("response_format", {"response_format": SCHEMA}),
        ("logprobs", {"logprobs": True}),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_without_a_model_a_demand_is_refused_by_name(
    url: str, http: httpx2.AsyncClient, param: str, options: dict[str, Any], stream: bool
) -> None:
    body = {"messages": [{"role": "user", "content": TEXT}], "stream": stream, **options}
    response = await http.post(f"{url}/v1/chat/completions", json=body)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, "unsupported_parameter", param)
    assert "language model" in error["message"]


@pytest.mark.parametrize(
    ("options", "content", "reason"),
    [
        ({"max_tokens": 5}, "“Paris is the", "length"),
        ({"max_completion_tokens": 5}, "“Paris is the", "length"),
        ({"stop": " of"}, "“Paris is the capital", "stop"),
        ({"stop": ["France", "capital"]}, "“Paris is the ", "stop"),
        ({"max_tokens": 100}, "“Paris is the capital of France.”", "stop"),
    ],
)
async def test_without_a_model_the_answer_is_cut_as_a_models_would_be(
    url: str, http: httpx2.AsyncClient, options: dict[str, Any], content: str, reason: str
) -> None:
    body = {"messages": [{"role": "user", "content": TEXT}], **options}
    answer = (await http.post(f"{url}/v1/chat/completions", json=body)).json()
    [choice] = answer["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == (content, reason)
    assert answer["usage"]["completion_tokens"] <= options.get("max_tokens", 100)
