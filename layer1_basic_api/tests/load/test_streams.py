"""A thousand open streams at once."""

import asyncio
import resource
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx2
import pytest

STREAMS = 1000
BODY = b'{"message": "Hello"}'
REQUEST = (
    b"POST /chat/stream HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
)


@pytest.fixture(autouse=True)
def enough_descriptors() -> Iterator[None]:
    """Both ends of each connection are in this process, and the layer's to the model server too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def open_stream(url: str) -> asyncio.StreamWriter:
    """Ask, and read until the first token has come."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(REQUEST + BODY)
    assert b" 200 " in await reader.readline()
    await reader.readuntil(b"event: token\n")
    return writer


async def test_a_thousand_streams_are_held_and_the_service_still_answers(
    serve: Callable[..., str], ollama, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "stuck"
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    writers: list[asyncio.StreamWriter] = []
    for _ in range(0, STREAMS, 100):
        writers += await asyncio.gather(*(open_stream(url) for _ in range(100)))
    assert (await http.get(f"{url}/health/live")).status_code == 200
    assert len(ollama.chats) == STREAMS
    for writer in writers:
        writer.transport.abort()
