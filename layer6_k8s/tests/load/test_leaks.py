"""Disconnected streams leak nothing."""

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
IDLE = 25  # connections that stay open: 20 to the model server, and those of `http`


def requests_running() -> int:
    """The tasks of this process that answer a request; the server runs in one of its threads."""
    tasks = [task for task in gc.get_objects() if type(task) is asyncio.Task]  # isinstance fails on dead proxies
    return sum("run_asgi" in repr(task) and not task.done() for task in tasks)


async def test_abrupt_disconnects_leak_no_task_no_descriptor_and_no_generation(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "stuck"
    url = serve(llm_provider="ollama", ollama_url=ollama.url, llm_at_once=1000)
    await when_ready(http, url)
    running, descriptors = requests_running(), len(os.listdir("/dev/fd"))
    writers = await open_streams(url, STREAMS)
    assert requests_running() >= running + STREAMS
    for writer in writers:
        writer.transport.abort()
    await anyio.to_thread.run_sync(eventually, lambda: ollama.left == STREAMS)
    await anyio.to_thread.run_sync(eventually, lambda: requests_running() == running)
    await anyio.to_thread.run_sync(eventually, lambda: len(os.listdir("/dev/fd")) <= descriptors + IDLE)
