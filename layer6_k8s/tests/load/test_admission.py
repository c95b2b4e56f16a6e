"""Requests above the concurrency limit are rejected immediately, before their bodies are read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest

from api.adapters.llm.extractive import ExtractiveModel
from api.http import admission
from api.http.headers import SECURITY_HEADERS
from api.routes import sse
from api.services.chat.language_model import Prompt, Token
from tests.servers.ollama import OllamaServer
from tests.servers.running import eventually, when_ready

QUESTION = {"message": "Hello"}
CONVERSATION = {"messages": [{"role": "user", "content": "Hello"}]}
SLOTS = 2

Full = tuple[str, Callable[[], Awaitable[None]]]


@pytest.fixture
async def full(serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient) -> AsyncIterator[Full]:
    """A layer with two slots, both occupied by endless streams, and a function that closes one of them."""
    ollama.behaviour = "stuck"
    url = serve(llm_provider="ollama", ollama_url=ollama.url, requests_at_once=SLOTS)
    await when_ready(http, url)
    async with AsyncExitStack() as stack:
        for _ in range(SLOTS):
            response = await stack.enter_async_context(http.stream("POST", f"{url}/chat/stream", json=QUESTION))
            assert response.status_code == 200
        yield url, response.aclose


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_excess_requests_get_503_with_retry_after(full: Full, http: httpx2.AsyncClient, path: str) -> None:
    url, _ = full
    response = await http.post(url + path, json=QUESTION)
    assert (response.status_code, response.json()["code"]) == (503, "overloaded")
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["Retry-After"]) >= 1
    assert response.json()["request_id"] == response.headers["X-Request-ID"]
    assert {(name.decode(), value.decode()) for name, value in SECURITY_HEADERS} <= set(response.headers.items())


async def test_openai_clients_get_the_503_in_their_format(full: Full, http: httpx2.AsyncClient) -> None:
    url, _ = full
    response = await http.post(f"{url}/v1/chat/completions", json=CONVERSATION)
    assert (response.status_code, response.json()["error"]["code"]) == (503, "overloaded")
    assert response.json()["error"]["type"] == "server_error"
    assert int(response.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "path", ["/", "/health", "/health/live", "/health/ready", "/docs", "/openapi.json", "/models", "/web/main.js"]
)
async def test_the_page_and_reads_are_never_rejected(full: Full, http: httpx2.AsyncClient, path: str) -> None:
    url, _ = full
    assert (await http.get(url + path)).status_code == 200


async def test_a_disconnect_frees_the_slot(full: Full, ollama: OllamaServer, http: httpx2.AsyncClient) -> None:
    url, close = full
    await close()
    await anyio.to_thread.run_sync(eventually, lambda: ollama.left == 1)
    ollama.behaviour = "normal"
    assert (await http.post(f"{url}/chat", json=QUESTION)).status_code == 200


async def test_a_rejection_does_not_wait_for_the_body(full: Full) -> None:
    url, _ = full
    assert b" 503 " in await status_line(url, b"Content-Length: 1000000\r\n")


async def test_a_request_without_a_key_occupies_no_slot(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", api_key="right", requests_at_once=1)
    await asyncio.gather(*(http.post(f"{url}/chat", json=QUESTION) for _ in range(20)))
    key = {"Authorization": "Bearer right"}
    assert (await http.post(f"{url}/chat", json=QUESTION, headers=key)).status_code == 200


async def test_a_stalled_body_frees_the_slot(
    serve: Callable[..., str], http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "BODY_PAUSE_SECONDS", 0.1)
    url = serve(llm_provider="extractive", requests_at_once=1)
    assert b" 408 " in await status_line(url, b"Content-Length: 10\r\n")
    monkeypatch.undo()
    assert (await when_admitted(http, url)).status_code == 200


async def test_a_client_that_stops_reading_frees_the_slot(
    serve: Callable[..., str], http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts: list[Prompt] = []

    async def endless_at_first(self: ExtractiveModel, prompt: Prompt) -> AsyncIterator[Token]:
        prompts.append(prompt)
        yield Token("word")
        while prompts == [prompt]:
            yield Token("word " * 20_000)
            await asyncio.sleep(0)

    monkeypatch.setattr(sse, "STALL_SECONDS", 0.1)
    monkeypatch.setattr(ExtractiveModel, "stream", endless_at_first)
    url = serve(llm_provider="extractive", requests_at_once=1)
    async with http.stream("POST", f"{url}/chat/stream", json=QUESTION) as unread:
        assert unread.status_code == 200
        response = await when_admitted(http, url)
    assert response.status_code == 200


async def when_admitted(http: httpx2.AsyncClient, url: str) -> httpx2.Response:
    """Repeat the request until a slot is free."""
    with anyio.fail_after(20):
        while (response := await http.post(f"{url}/chat", json=QUESTION)).status_code == 503:  # noqa: ASYNC110
            await anyio.sleep(0.02)
        return response


async def status_line(url: str, header: bytes) -> bytes:
    """The status line of the response to a request whose body is never sent."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + header + b"\r\n")
    with anyio.fail_after(20):
        line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line
