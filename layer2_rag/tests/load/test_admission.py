"""What is more than the service takes in at once is refused, at once and without having been read."""

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
FULL = 2

Full = tuple[str, Callable[[], Awaitable[None]]]


@pytest.fixture
async def full(serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient) -> AsyncIterator[Full]:
    """A layer with two places, both taken by streams that do not end, and a way to end one of them."""
    ollama.behaviour = "stuck"
    url = serve(llm_provider="ollama", ollama_url=ollama.url, requests_at_once=FULL)
    await when_ready(http, url)
    async with AsyncExitStack() as stack:
        for _ in range(FULL):
            answer = await stack.enter_async_context(http.stream("POST", f"{url}/chat/stream", json=QUESTION))
            assert answer.status_code == 200
        yield url, answer.aclose


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_what_is_too_much_is_told_when_to_come_back(full: Full, http: httpx2.AsyncClient, path: str) -> None:
    url, _ = full
    answer = await http.post(url + path, json=QUESTION)
    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
    assert {(name.decode(), value.decode()) for name, value in SECURITY_HEADERS} <= set(answer.headers.items())


async def test_openai_clients_are_told_in_their_own_shape(full: Full, http: httpx2.AsyncClient) -> None:
    url, _ = full
    answer = await http.post(f"{url}/v1/chat/completions", json=CONVERSATION)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")
    assert answer.json()["error"]["type"] == "server_error"
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "path", ["/", "/health", "/health/live", "/health/ready", "/docs", "/openapi.json", "/models", "/web/main.js"]
)
async def test_the_page_and_what_is_looked_up_are_never_refused(
    full: Full, http: httpx2.AsyncClient, path: str
) -> None:
    url, _ = full
    assert (await http.get(url + path)).status_code == 200


async def test_a_place_is_free_again_when_its_client_has_gone(
    full: Full, ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    url, leave = full
    await leave()
    await anyio.to_thread.run_sync(eventually, lambda: ollama.left == 1)
    ollama.behaviour = "normal"
    assert (await http.post(f"{url}/chat", json=QUESTION)).status_code == 200


async def test_a_body_is_not_waited_for_when_there_is_no_place_for_it(full: Full) -> None:
    url, _ = full
    assert b" 503 " in await head_of_answer(url, b"Content-Length: 1000000\r\n")


async def test_who_has_no_key_takes_no_place(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", api_key="right", requests_at_once=1)
    await asyncio.gather(*(http.post(f"{url}/chat", json=QUESTION) for _ in range(20)))
    key = {"Authorization": "Bearer right"}
    assert (await http.post(f"{url}/chat", json=QUESTION, headers=key)).status_code == 200


async def test_a_body_that_does_not_come_gives_its_place_back(
    serve: Callable[..., str], http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "BODY_PAUSE_SECONDS", 0.1)
    url = serve(llm_provider="extractive", requests_at_once=1)
    assert b" 408 " in await head_of_answer(url, b"Content-Length: 10\r\n")
    monkeypatch.undo()
    assert (await when_admitted(http, url)).status_code == 200


async def test_a_client_that_does_not_read_gives_its_place_back(
    serve: Callable[..., str], http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Prompt] = []

    async def endless_at_first(self: ExtractiveModel, prompt: Prompt) -> AsyncIterator[Token]:
        asked.append(prompt)
        yield Token("word")
        while asked == [prompt]:
            yield Token("word " * 20_000)
            await asyncio.sleep(0)

    monkeypatch.setattr(sse, "STALL_SECONDS", 0.1)
    monkeypatch.setattr(ExtractiveModel, "stream", endless_at_first)
    url = serve(llm_provider="extractive", requests_at_once=1)
    async with http.stream("POST", f"{url}/chat/stream", json=QUESTION) as unread:
        assert unread.status_code == 200
        answer = await when_admitted(http, url)
    assert answer.status_code == 200


async def when_admitted(http: httpx2.AsyncClient, url: str) -> httpx2.Response:
    """Ask again until there is a place."""
    with anyio.fail_after(20):
        while (answer := await http.post(f"{url}/chat", json=QUESTION)).status_code == 503:  # noqa: ASYNC110
            await anyio.sleep(0.02)
        return answer


async def head_of_answer(url: str, header: bytes) -> bytes:
    """The status line that answers a request of which no body is sent."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + header + b"\r\n")
    with anyio.fail_after(20):
        line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line
