"""Layer 1: ten concurrent users, the overhead over a bare FastAPI route, and a thousand open streams."""

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mystack.bench.load import Load, load
from mystack.bench.streams import allow_descriptors, held, memory
from mystack.child import Child
from mystack.fresh import fresh_server
from mystack.metrics import Metric, Target
from mystack.project import Layer
from mystack.server import Server, listen

USERS = 10
SECONDS = 2.0
ROUNDS = 5
STREAMS = 1000
QUESTION = {"message": "What is retrieval-augmented generation?"}
LOGGED = {"LOG_LEVEL": "INFO"}
"""The access log, which is on by default and part of the overhead."""
BARE = Path(__file__).parent / "bare"


def measure(layer: Layer, scratch: Path, on_progress: Callable[[str], None]) -> Sequence[Metric]:
    """All metrics of the layer."""
    allow_descriptors(8192)
    with listening("model server", "mystack.bench.model", scratch, scratch / "model.log") as model:
        on_progress("ten users, the extractive answerer, and bare FastAPI in turn")
        with (
            fresh_server(layer, LOGGED) as server,
            listening("bare FastAPI", "mystack.serve", BARE, scratch / "bare.log") as baseline,
        ):
            ours, theirs = in_turn(server.url, baseline)
        on_progress("ten users, a model over HTTP")
        ollama = {"LLM_PROVIDER": "ollama", "OLLAMA_URL": model, "LLM_AT_ONCE": str(STREAMS)}
        with fresh_server(layer, LOGGED | ollama) as server:
            users = load(server.url, "/chat", QUESTION | {"model": "instant"}, users=USERS, seconds=SECONDS)
            on_progress(f"{STREAMS} open streams")
            streams, bytes_each = hold_streams(server)
    return [
        *speed("extractive answerer", ours),
        *speed("model over HTTP", [users]),
        Metric("requests/s of /chat, instant answer", [rate(ours)], digits=0),
        Metric("requests/s of a bare FastAPI route", [rate(theirs)], digits=0),
        Metric("/chat against the bare route", [ratio(ours, theirs)], Target("≥", 0.5), digits=2),
        Metric("open streams held", [streams], Target("≥", STREAMS), digits=0),
        Metric("memory of a stream", [bytes_each / 1e3], unit="kB", digits=0),
    ]


def in_turn(first: str, second: str) -> tuple[list[Load], list[Load]]:
    """Load both in turn, several times, after a warm-up: so other load on the machine affects both."""
    results: dict[str, list[Load]] = {first: [], second: []}
    for number in range(ROUNDS + 1):
        for url, loads in results.items():
            seconds = SECONDS if number else SECONDS / 3
            loads.append(load(url, "/chat", QUESTION, users=USERS, seconds=seconds))
    return results[first][1:], results[second][1:]


def rate(loads: Sequence[Load]) -> float:
    """Answers per second, as the median of the rounds."""
    return statistics.median(measured.per_second for measured in loads)


def ratio(ours: Sequence[Load], theirs: Sequence[Load]) -> float:
    """The ratio of the two rates, as the median of the rounds."""
    return statistics.median(a.per_second / b.per_second for a, b in zip(ours, theirs, strict=True))


def speed(what: str, loads: Sequence[Load]) -> Iterator[Metric]:
    """Latency and failures with ten concurrent users."""
    p95 = max(measured.p95 for measured in loads)
    yield Metric(f"{USERS} concurrent users, p95, {what}", [p95], Target("<", 2.0), "s")
    failures = sum(measured.failures for measured in loads)
    yield Metric(f"{USERS} concurrent users, failures, {what}", [failures], Target("≤", 0), digits=0)


def hold_streams(server: Server) -> tuple[int, float]:
    """The number of streams held open at the same time, and the bytes of server memory per stream."""
    body = QUESTION | {"model": "held"}
    with held(server.url, body, STREAMS // 10):
        pass  # the first streams include one-time allocations
    before = memory(server.app.pid)
    with held(server.url, body, STREAMS) as count:
        return count, (memory(server.app.pid) - before) / max(count, 1)


@contextmanager
def listening(name: str, module: str, folder: Path, log: Path) -> Iterator[str]:
    """The address of a module of ours that serves on a given file descriptor."""
    with log.open("wb") as output, listen("127.0.0.1", 0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        arguments = [module, str(listener.fileno())]
        keep_open = [listener.fileno()]
        child = Child(name, arguments, cwd=folder, env=os.environ, keep_open=keep_open, output=output, guarded=True)
    try:
        yield address
    finally:
        child.stop()
