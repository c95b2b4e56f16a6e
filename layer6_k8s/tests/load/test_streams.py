"""Many concurrent streams."""

import asyncio
import resource
from collections.abc import AsyncIterator, Callable, Iterator
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest

from api.adapters.llm.extractive import ExtractiveModel
from api.services.chat.language_model import Prompt, Token
from tests.servers.ollama import OllamaServer
from tests.servers.running import eventually, when_ready

BODY = b'{"message": "Hello"}'
HEAD = b"POST /chat/stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
REQUEST = HEAD % len(BODY) + BODY


@pytest.fixture(autouse=True)
def enough_descriptors() -> Iterator[None]:
    """Both ends of every connection are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def open_stream(url: str) -> asyncio.StreamWriter:
    """Send a request, and read until the first token has arrived."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(REQUEST)
    assert b" 200 " in await reader.readline()
    await reader.readuntil(b"event: token\n")
    return writer


async def open_streams(url: str, count: int) -> list[asyncio.StreamWriter]:
    batches = [await asyncio.gather(*(open_stream(url) for _ in range(20))) for _ in range(count // 20)]
    return [writer for batch in batches for writer in batch]


async def close(writers: list[asyncio.StreamWriter]) -> None:
    for writer in writers:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in writers))


async def test_a_thousand_streams_run_and_all_stop_when_their_clients_disconnect(
    serve: Callable[..., str], http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    generating: set[int] = set()

    async def endless(self: ExtractiveModel, prompt: Prompt) -> AsyncIterator[Token]:
        generating.add(id(prompt))
        try:
            yield Token("start")
            await asyncio.Event().wait()
        finally:
            generating.discard(id(prompt))

    monkeypatch.setattr(ExtractiveModel, "stream", endless)
    url = serve(llm_provider="extractive")
    writers = await open_streams(url, 1000)
    assert len(generating) == 1000
    assert (await http.get(f"{url}/health")).json()["status"] == "ok"
    await close(writers)
    await anyio.to_thread.run_sync(eventually, lambda: not generating)


async def test_more_streams_than_a_default_connection_pool_allows(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "stuck"
    url = serve(llm_provider="ollama", ollama_url=ollama.url, llm_at_once=1000)
    await when_ready(http, url)
    await close(await open_streams(url, 140))
    await anyio.to_thread.run_sync(eventually, lambda: ollama.left == 140)
