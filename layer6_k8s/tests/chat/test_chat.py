"""POST /chat."""

from collections.abc import Callable

import httpx2
import pytest

from tests.servers.ollama import OllamaServer

QUESTION = "Paris is the capital of France. What is the capital of France?"


async def test_a_response_has_every_documented_field(url: str, http: httpx2.AsyncClient) -> None:
    response = await http.post(f"{url}/chat", json={"message": QUESTION}, headers={"X-Request-ID": "req-1"})
    assert response.status_code == 200
    body = response.json()
    assert body["latency_ms"] > 0
    usage = body["usage"]
    assert (
        body.items()
        >= {
            "response": "“Paris is the capital of France.”",
            "model": "extractive",
            "provider": "extractive",
            "request_id": "req-1",
        }.items()
    )
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert usage["estimated"] is True
    assert usage["trimmed_messages"] == 0


async def test_history_reaches_the_model_in_order_after_the_system_prompt(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="ollama", ollama_url=ollama.url, system_prompt="Be brief.")
    history = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]
    body = {"message": "And now?", "history": history, "temperature": 0.3, "max_tokens": 7}
    response = await http.post(f"{url}/chat", json=body)
    assert response.json()["response"] == "Paris is the capital of France."
    spent = {
        "prompt_tokens": 21,
        "completion_tokens": 6,
        "total_tokens": 27,
        "estimated": False,
        "trimmed_messages": 0,
    }
    assert response.json()["usage"].items() >= spent.items()  # later layers add what it cost
    [sent] = ollama.chats
    assert [message["content"] for message in sent["messages"]] == ["Be brief.", "Hello", "Hi", "And now?"]
    assert sent["options"] == {"num_ctx": 8192, "num_predict": 7, "temperature": 0.3}


async def test_a_system_message_in_the_history_replaces_the_system_prompt(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="ollama", ollama_url=ollama.url, system_prompt="Be brief.")
    history = [{"role": "system", "content": "Speak Latin."}]
    await http.post(f"{url}/chat", json={"message": "Salve", "history": history})
    assert [message["content"] for message in ollama.chats[0]["messages"]] == ["Speak Latin.", "Salve"]


async def test_a_request_can_name_its_model(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.windows = {"tiny:latest": 8192, "other:1b": 4096}
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    response = await http.post(f"{url}/chat", json={"message": "Hello", "model": "other:1b"})
    assert response.json()["model"] == ollama.chats[0]["model"] == "other:1b"
    unknown = await http.post(f"{url}/chat", json={"message": "Hello", "model": "absent"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "model_not_found")
    assert "'absent'" in unknown.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": ""},
        {"message": "x" * 8001},
        {"message": 5},
        {"message": "a\x00b"},
        {"message": "x", "history": [{"role": "robot", "content": "x"}]},
        {"message": "x", "history": "x"},
        {"message": "x", "temperature": 2.5},
        {"message": "x", "max_tokens": 0},
        {"message": "x", "max_tokens": 10**30},
    ],
)
async def test_an_invalid_field_gets_422_with_its_location(url: str, http: httpx2.AsyncClient, body: object) -> None:
    response = await http.post(f"{url}/chat", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert response.json()["errors"][0]["location"][0] == "body"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"message": "\\ud800"}',
        b'{"message": "x", "temperature": NaN}',
        b'{"message": "x", "max_tokens": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("path", ["/chat", "/chat/stream", "/v1/chat/completions"])
async def test_hostile_bodies_get_a_client_error(url: str, http: httpx2.AsyncClient, path: str, body: bytes) -> None:
    response = await http.post(url + path, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)


async def test_unknown_fields_are_ignored(url: str, http: httpx2.AsyncClient) -> None:
    response = await http.post(f"{url}/chat", json={"message": QUESTION, "unknown": 1})
    assert response.status_code == 200
