"""POST /chat/stream."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.servers.ollama import OllamaServer


def events(text: str) -> list[tuple[str, Any]]:
    """The events of a stream as (event, data)."""
    parsed = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        parsed.append((fields["event"], json.loads(fields["data"])))
    return parsed


async def test_the_stream_sends_tokens_and_then_the_response_of_chat(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    response = await http.post(f"{url}/chat/stream", json={"message": "Hello"}, headers={"X-Request-ID": "req-1"})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    *tokens, (last, done) = events(response.text)
    assert [data["text"] for _, data in tokens] == list(ollama.words)
    assert {event for event, _ in tokens} == {"token"}
    assert last == "done"
    plain = (await http.post(f"{url}/chat", json={"message": "Hello"}, headers={"X-Request-ID": "req-1"})).json()
    assert done["latency_ms"] > 0
    assert plain["latency_ms"] > 0
    assert done.keys() == plain.keys()
    for field in ("response", "model", "provider", "usage", "request_id"):
        assert done[field] == plain[field]


async def test_the_first_token_is_sent_immediately(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "stuck"
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    async with http.stream("POST", f"{url}/chat/stream", json={"message": "Hello"}) as response:
        first = await anext(response.aiter_text())
    assert events(first) == [("token", {"text": "Paris "})]


async def test_an_error_before_the_first_token_has_its_own_status(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "error500"
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    response = await http.post(f"{url}/chat/stream", json={"message": "Hello"})
    assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")


async def test_a_later_error_is_an_error_event(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "half"
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    response = await http.post(f"{url}/chat/stream", json={"message": "Hello"}, headers={"X-Request-ID": "req-1"})
    assert response.status_code == 200
    *tokens, (last, problem) = events(response.text)
    assert [event for event, _ in tokens] == ["token"] * 4
    assert last == "error"
    assert (problem["status"], problem["code"], problem["request_id"]) == (503, "model_unavailable", "req-1")
    assert (problem["title"], problem["instance"]) == ("Service Unavailable", "/chat/stream")


@pytest.mark.parametrize("text", ["line one\nline two", "a\r\nb", "data: x\n\nevent: done", "a\u2028 \u0085b"])
async def test_no_model_output_breaks_the_framing(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient, text: str
) -> None:
    ollama.words = (text,)
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    response = await http.post(f"{url}/chat/stream", json={"message": "Hello"})
    assert [event for event, _ in events(response.text)] == ["token", "done"]
    assert events(response.text)[0] == ("token", {"text": text})


@pytest.mark.parametrize("text", ["\r\n", "\u2028 \u0085"])
async def test_an_answer_of_white_space_is_empty(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient, text: str
) -> None:
    ollama.words = (text,)
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    response = await http.post(f"{url}/chat/stream", json={"message": "Hello"})
    [(event, done)] = events(response.text)
    assert (event, done["response"]) == ("done", "")
