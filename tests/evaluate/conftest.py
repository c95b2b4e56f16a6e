"""A small layer over HTTP that finds sentences by their words, and the command line to measure it with."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from typer.testing import CliRunner, Result

from mystack.cli import app as mystack
from mystack.server import listen
from tests.evaluate.small_layer import SmallLayer


@pytest.fixture
def layer() -> Iterator[SmallLayer]:
    small = SmallLayer()
    listener = listen("127.0.0.1", 0)
    small.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(small.app(), log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        yield small
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a `mystack` command line in this process, with no settings from outside."""
    for name in ("API_KEY", "MYSTACK_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(mystack, [str(it) for it in arguments])
