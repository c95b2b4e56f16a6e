"""A real uvicorn in a thread: what a test talks to goes over real sockets."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import httpx2
import uvicorn

stopping: list[threading.Thread] = []


@contextmanager
def running(app: Callable[..., Any]) -> Iterator[str]:
    """Serve an ASGI application on a free loopback port; yields its address.

    At the end the server is told to stop. `all_stopped` waits for it: together they take as long as one.
    """
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        ws="none",
        http="api.http.protocol:Protocol",
        loop="asyncio",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        eventually(lambda: server.started or not thread.is_alive())
        assert server.started, "the server did not start"
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        stopping.append(thread)


def all_stopped() -> None:
    """Wait for every server that was told to stop; fails if one does not."""
    for thread in stopping:
        thread.join(timeout=20)
    assert not [thread for thread in stopping if thread.is_alive()], "a server did not stop"


def refused_address() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until the condition holds; fails when it does not in that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come to hold"
        time.sleep(0.005)


async def when_ready(http: httpx2.AsyncClient, url: str, seconds: float = 20.0) -> dict[str, Any]:
    """What /health tells as soon as the layer can be used; fails when it cannot be in that time."""
    deadline = time.monotonic() + seconds
    while (await http.get(f"{url}/health/ready")).status_code != 200:
        assert time.monotonic() < deadline, "the layer did not become ready"
        await anyio.sleep(0.02)
    return dict((await http.get(f"{url}/health")).json())
