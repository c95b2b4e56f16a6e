"""A thousand streams whose clients do not read, and a thousand whose clients disconnect: the resources they leave."""

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
"""The default of DATABASE_CONNECTIONS."""
DESCRIPTORS = 25
"""Tolerance: 20 idle connections to the model server, and a few to the database."""
MEMORY = 20.0
"""MB that a second thousand may leave beyond the first: the allocator keeps memory, but it must not grow."""
QUESTION = {"message": "What is retrieval-augmented generation?"}

Clients = Callable[[str, object, int], AbstractContextManager[int]]


def measure(server: Server, model: str, on_progress: Callable[[str], None]) -> Iterator[Metric]:
    """Both kinds. `model` is the URL of `mystack.bench.model`, the layer's model server."""
    for name, clients, wanted in (
        ("slow readers", slow_readers, "endless"),
        ("abrupt disconnects", held, "held"),
    ):
        on_progress(f"{STREAMS} {name}")
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
    """Open the streams, hold them, disconnect the clients; twice, because the first time also fills memory pools.

    Both times take equally long, because buffers fill slowly when one process serves a thousand streams.
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
    """The number of answers that the model server is sending now."""
    return int(httpx2.get(f"{model}/open", timeout=10, trust_env=False).json())
