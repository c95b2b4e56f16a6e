"""A real uvicorn in a thread, so that tests use real sockets."""

import os
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
def running(app: Callable[..., Any], root_path: str = "") -> Iterator[str]:
    """Serve an ASGI application on a free loopback port; yields its address, without `root_path`.

    On exit the server begins to stop. `all_stopped` waits for all servers at once, which takes as long as for one.
    """
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        ws="none",
        http="api.http.protocol:Protocol",
        loop="asyncio",
        root_path=root_path,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    starter = os.environ.get("PYTEST_CURRENT_TEST")
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True, name=starter)
    thread.start()
    try:
        eventually(lambda: server.started or not thread.is_alive())
        assert server.started, "the server did not start"
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        stopping.append(thread)


def all_stopped() -> None:
    """Wait until every stopping server has stopped; fails with the tests whose server does not."""
    for thread in stopping:
        thread.join(timeout=20)
    assert [thread.name for thread in stopping if thread.is_alive()] == []


def refused_address() -> str:
    """An address without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until the condition is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition is still false"
        time.sleep(0.005)


async def when_ready(http: httpx2.AsyncClient, url: str, seconds: float = 20.0) -> dict[str, Any]:
    """Wait until the layer is ready, and return the body of /health; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while (await http.get(f"{url}/health/ready")).status_code != 200:
        assert time.monotonic() < deadline, "the layer did not become ready"
        await anyio.sleep(0.02)
    return dict((await http.get(f"{url}/health")).json())
