"""The messages of a conversation at /v1: which are accepted, and how an error names the wrong one."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.servers.openai import OpenAIServer

TEXT = "Paris is the capital of France. What is the capital of France?"
QUESTION = {"role": "user", "content": "x"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
CALLED: list[dict[str, Any]] = [
    {"role": "user", "content": "What is the weather in Paris?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": "The weather in Paris is sunny."},
]


async def complete(http: httpx2.AsyncClient, url: str, messages: list[Any], **body: Any) -> httpx2.Response:
    return await http.post(f"{url}/v1/chat/completions", json={"messages": messages, **body})


async def content_of(http: httpx2.AsyncClient, url: str, messages: list[Any]) -> str:
    response = await complete(http, url, messages)
    assert response.status_code == 200, response.text
    return str(response.json()["choices"][0]["message"]["content"])


async def test_without_a_model_the_result_of_a_tool_is_quoted(url: str, http: httpx2.AsyncClient) -> None:
    assert await content_of(http, url, CALLED) == "“The weather in Paris is sunny.”"


async def test_tool_calls_and_their_results_reach_the_model_unchanged(
    serve: Callable[..., str], openai_server: OpenAIServer, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="openai", openai_base_url=openai_server.url, openai_api_key=openai_server.key)
    await content_of(http, url, CALLED)
    _, *sent = openai_server.chats[0]["messages"]
    assert sent == [CALLED[0], CALLED[1] | {"content": ""}, CALLED[2]]


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "user", "content": TEXT}, {"role": "assistant", "content": "Paris"}],
        [{"role": "user", "content": TEXT}, {"role": "system", "content": "Be brief."}],
        [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
            {"role": "user", "content": TEXT},
        ],
    ],
)
async def test_the_last_message_of_the_user_is_the_question(
    url: str, http: httpx2.AsyncClient, messages: list[Any]
) -> None:
    assert await content_of(http, url, messages) == "“Paris is the capital of France.”"


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ({"type": "image_url", "image_url": {"url": "data:,"}}, "image_url parts are not supported"),
        ({"type": "input_audio", "input_audio": {}}, "input_audio parts are not supported"),
        ({"type": "file", "file": {}}, "file parts are not supported"),
        ({"text": "no type"}, "must be an object with a `type`"),
        ("text", "must be an object with a `type`"),
    ],
)
async def test_a_part_that_is_not_text_is_named_with_its_position(
    url: str, http: httpx2.AsyncClient, part: object, reason: str
) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, part]},
    ]
    response = await complete(http, url, messages)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, "messages[1].content[1]")
    assert reason in error["message"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": []}, "messages"),
        ({}, "messages"),
        ({"messages": [{"role": "system", "content": "Be brief."}]}, "messages"),
        ({"messages": [{"role": "assistant", "content": "Hello"}]}, "messages"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": "a\x00b"}]}, "messages[0].content"),
        ({"messages": [QUESTION], "n": 0}, "n"),
        ({"messages": [QUESTION], "n": 9}, "n"),
        ({"messages": [QUESTION], "stop": ["a", 5]}, "stop[1]"),
        ({"messages": [QUESTION], "tools": ["weather"]}, "tools[0]"),
        ({"messages": [QUESTION], "tool_choice": "perhaps"}, "tool_choice"),
        (
            {"messages": [QUESTION], "stream_options": {"include_usage": 1}},
            "stream_options.include_usage",
        ),
    ],
)
async def test_an_error_names_the_field_by_its_json_path(
    url: str, http: httpx2.AsyncClient, body: dict[str, Any], param: str
) -> None:
    response = await http.post(f"{url}/v1/chat/completions", json=body)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, "invalid_request", param)
    assert error["message"].startswith(f"{param}: ")
    assert not any(word in error["message"] for word in ("function-", "storable", "Value error", "body."))
