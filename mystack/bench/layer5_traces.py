"""What traces cost: a service that exports every span, beside one that exports none."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import psutil

from mystack.bench.towns import towns
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.fresh import fresh_server
from mystack.metrics import Metric
from mystack.pool import map_threads
from mystack.project import Layer
from mystack.server import Server

DOCUMENTS, QUESTIONS, ROUNDS = 50, 40, 5
"""Per round, both services get the same questions, block by block, and take turns in being the first."""


@dataclass
class Spent:
    """Seconds of each request, and of the processor for each round."""

    times: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def trace_overhead(layer: Layer, on_progress: Callable[[str], None]) -> Iterator[Metric]:
    """Processor time and latency of `/search` and `/chat`, with traces and without. No cache answers in between."""
    known = towns(DOCUMENTS)
    uncached = {"CACHE_SECONDS": "0"}
    on_progress("traces: two services start")
    with (
        receiver() as (url, received),
        fresh_server(layer, uncached | {"OTEL_EXPORTER_OTLP_ENDPOINT": url}) as traced,
        fresh_server(layer, uncached) as plain,
    ):
        for server in (traced, plain):
            with connected(server.url, None) as client:
                library = Library(client, shared=False)
                list(map_threads(2, library.upload, [town.document for town in known]))
        on_progress(f"traces: {2 * ROUNDS} rounds of {QUESTIONS} requests")
        questions = [question for town in known for question in town.questions][: QUESTIONS * ROUNDS]
        for path, key in (("/search", "query"), ("/chat", "message")):
            yield from _difference(path, *_compared(traced, plain, path, key, questions))
        yield Metric("bytes of traces received", [received()], digits=0)


@contextmanager
def receiver() -> Iterator[tuple[str, Callable[[], int]]]:
    """A receiver of OTLP over HTTP that throws everything away; its address, and the bytes that it has received."""
    sizes: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sizes.append(len(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", lambda: sum(sizes)
        finally:
            server.shutdown()


def _compared(traced: Server, plain: Server, path: str, key: str, questions: Sequence[str]) -> tuple[Spent, Spent]:
    spent = Spent(), Spent()
    servers = list(zip((traced, plain), spent, strict=True))
    with connected(traced.url, None) as one, connected(plain.url, None) as other:
        clients = {traced.url: one, plain.url: other}
        for client in clients.values():
            client.post(path, json={key: "Which towns are there?"}).raise_for_status()
        for number in range(ROUNDS):
            block = questions[number::ROUNDS]
            for server, into in servers if number % 2 else reversed(servers):
                _round(clients[server.url], psutil.Process(server.app.pid), path, key, block, into)
    return spent


def _round(
    client: httpx2.Client, process: psutil.Process, path: str, key: str, block: Sequence[str], into: Spent
) -> None:
    before = sum(process.cpu_times()[:2])
    for question in block:
        begun = time.perf_counter()
        client.post(path, json={key: question}).raise_for_status()
        into.times.append(1000 * (time.perf_counter() - begun))
    into.processor.append(1000 * (sum(process.cpu_times()[:2]) - before) / len(block))


def _difference(path: str, traced: Spent, plain: Spent) -> Iterator[Metric]:
    more = statistics.median(a - b for a, b in zip(traced.processor, plain.processor, strict=True))
    yield Metric(f"{path} without traces, p50", [statistics.median(plain.times)], unit="ms", digits=1)
    yield Metric(f"{path} with traces, p50", [statistics.median(traced.times)], unit="ms", digits=1)
    yield Metric(f"{path}, processor time without traces", [statistics.median(plain.processor)], unit="ms", digits=1)
    yield Metric(f"{path}, processor time that traces add", [more], unit="ms", digits=2)
