"""A client that disconnects stops the generation: its connection to the model server closes."""

import asyncio
from collections.abc import Callable

import anyio
import httpx2
import pytest

from tests.servers.ollama import OllamaServer
from tests.servers.running import eventually

SECONDS = 20.0


async def request_and_disconnect(url: str, path: str, ollama: OllamaServer) -> None:
    """Send a request, wait until the model server has received it, and close the connection."""
    async with httpx2.AsyncClient(trust_env=False, timeout=SECONDS) as client:
        pending = asyncio.create_task(client.post(url + path, json=BODIES[path]))
        await anyio.to_thread.run_sync(eventually, lambda: ollama.chats)
        pending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pending


BODIES = {
    "/chat": {"message": "Hello"},
    "/chat/stream": {"message": "Hello"},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "Hello"}]},
}


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("behaviour", ["endless", "mute", "hang", "stuck"])
async def test_a_disconnect_stops_the_model(
    serve: Callable[..., str], ollama: OllamaServer, path: str, behaviour: str
) -> None:
    ollama.behaviour = behaviour
    url = serve(llm_provider="ollama", ollama_url=ollama.url, llm_timeout_seconds=SECONDS)
    await request_and_disconnect(url, path, ollama)
    await anyio.to_thread.run_sync(eventually, lambda: ollama.left == 1, SECONDS / 2)


async def test_a_disconnect_in_the_middle_of_a_stream_stops_the_model(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "endless"
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    async with http.stream("POST", f"{url}/chat/stream", json={"message": "Hello"}) as response:
        await anext(response.aiter_text())
        assert ollama.left == 0
    await anyio.to_thread.run_sync(eventually, lambda: ollama.left == 1, SECONDS / 2)
