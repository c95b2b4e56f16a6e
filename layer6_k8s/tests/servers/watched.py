"""The layer as a process of its own, and what is seen of it while something is done to it."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from mystack.project import find_layer
from mystack.server import Server, serving
from tests.servers.processes import megabytes

LAYER = Path(__file__).resolve().parents[2].name
PAUSE = 0.02


@contextmanager
def layer_process(settings: Mapping[str, Any], folder: Path) -> Iterator[Server]:
    """Run the layer with these settings. Its log is `folder/log`, its temporary files are in `folder/tmp`."""
    temporary = folder / "tmp"
    temporary.mkdir()
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    environment |= {name.upper(): str(value) for name, value in settings.items()} | {"TMPDIR": str(temporary)}
    with (folder / "log").open("wb") as log, serving(find_layer(LAYER), folder, env=environment, output=log) as server:
        yield server


@dataclass
class Seen:
    """`megabytes`: the memory of the layer and its parsing processes. `waited`: the seconds that requests took."""

    megabytes: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)


@contextmanager
def watching(server: Server) -> Iterator[Seen]:
    """Measure the memory all the time, and ask the layer something all the time, until the block ends."""
    seen, ended = Seen(), threading.Event()
    with httpx2.Client(base_url=server.url, trust_env=False, timeout=60) as client, ExitStack() as stack:

        def ask() -> None:
            began = time.monotonic()
            client.post("/search", json={"query": "some honest words"}).raise_for_status()
            client.get("/health/live").raise_for_status()
            seen.waited.append(time.monotonic() - began)

        for what in (lambda: seen.megabytes.append(megabytes(server.app.pid)), ask):
            thread = threading.Thread(target=_repeatedly, args=(what, ended))
            stack.callback(thread.join)
            thread.start()
        stack.callback(ended.set)
        yield seen


def _repeatedly(what: Callable[[], None], ended: threading.Event) -> None:
    while not ended.wait(PAUSE):
        what()
