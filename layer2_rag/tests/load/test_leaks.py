"""Streams whose clients are gone leave nothing behind."""

import asyncio
import gc
import os
from collections.abc import Callable

import anyio
import httpx2

from tests.load.test_streams import open_streams
from tests.servers.ollama import OllamaServer
from tests.servers.running import eventually, when_ready

STREAMS = 100
IDLE = 25  # connections to the model server are kept, 20 of them, and those of `http`


def requests_running() -> int:
    """Tasks that answer a request, in this whole process: the server runs in a thread of it."""
    tasks = [it for it in gc.get_objects() if type(it) is asyncio.Task]  # isinstance would ask dead proxies, too
    return sum("run_asgi" in repr(it) and not it.done() for it in tasks)


async def test_abrupt_disconnects_leave_no_task_no_descriptor_and_no_answer_behind(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "stuck"
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    await when_ready(http, url)
    running, descriptors = requests_running(), len(os.listdir("/dev/fd"))
    writers = await open_streams(url, STREAMS)
    assert requests_running() >= running + STREAMS
    for writer in writers:
        writer.transport.abort()
    await anyio.to_thread.run_sync(eventually, lambda: ollama.left == STREAMS)
    await anyio.to_thread.run_sync(eventually, lambda: requests_running() == running)
    await anyio.to_thread.run_sync(eventually, lambda: len(os.listdir("/dev/fd")) <= descriptors + IDLE)
