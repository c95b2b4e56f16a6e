"""A thousand streams whose clients do not read, and a thousand whose clients are gone: what stays behind."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

import httpx2

from mystack.bench.streams import held
from mystack.load.footprint import footprint, settled
from mystack.load.readers import slow_readers
from mystack.metrics import Metric, Target
from mystack.server import Server

STREAMS = 1_000
READING_SECONDS = 10.0
POOL = 10
"""DATABASE_CONNECTIONS, unless set."""
DESCRIPTORS = 25
"""May be more than before: 20 idle connections to the model server are kept, and a few to the database."""
MEMORY = 20.0
"""MB that a second thousand may leave beside the first: what the allocator keeps is not given back, nor grows."""
QUESTION = {"message": "What is retrieval-augmented generation?"}

Clients = Callable[[str, object, int], AbstractContextManager[int]]


def measure(server: Server, model: str, say: Callable[[str], None]) -> Iterator[Metric]:
    """Both kinds. The layer's model server is that of `mystack.bench.model`, at `model`."""
    for name, clients, wanted in (
        ("slow readers", slow_readers, "endless"),
        ("abrupt disconnects", held, "held"),
    ):
        say(f"{STREAMS} {name}")
        yield from left_behind(server, model, name, clients, QUESTION | {"model": wanted})


def left_behind(
    server: Server,
    model: str,
    name: str,
    clients: Clients,
    body: Mapping[str, str],
    *,
    streams: int = STREAMS,
    seconds: float = READING_SECONDS,
) -> Sequence[Metric]:
    """Open the streams, hold them, let the clients go; twice, for the first time also fills the pools of memory.

    Both times for as long: buffers fill up slowly where a processor has a thousand streams to serve.
    """
    with clients(server.url, body, streams):
        time.sleep(seconds)
    settled(lambda: open_answers(model), 0)
    before = footprint(server)
    with clients(server.url, body, streams) as count:
        time.sleep(seconds)
        held_memory = footprint(server).memory - before.memory
    answers = settled(lambda: open_answers(model), 0)
    descriptors = settled(lambda: footprint(server).descriptors - before.descriptors, DESCRIPTORS)
    after = footprint(server)
    return [
        Metric(f"{name}, streams open at once", [count], Target("≥", streams), digits=0),
        Metric(f"{name}, memory of each", [held_memory * 1e3 / max(count, 1)], Target("≤", 400), "kB", 0),
        Metric(f"{name}, memory left behind", [after.memory - before.memory], Target("≤", MEMORY), "MB", 1),
        Metric(f"{name}, open files and sockets left behind", [descriptors], Target("≤", DESCRIPTORS), digits=0),
        Metric(f"{name}, answers still being generated", [answers], Target("≤", 0), digits=0),
        Metric(f"{name}, database connections", [after.database], Target("≤", POOL), digits=0),
    ]


def open_answers(model: str) -> int:
    """How many answers the model server is giving at this moment."""
    return int(httpx2.get(f"{model}/open", timeout=10, trust_env=False).json())
