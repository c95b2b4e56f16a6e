"""Layer 5: what it costs to measure, beside the same service with measuring switched off."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

from mystack.bench.towns import Town, towns
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.fresh import fresh_server
from mystack.metrics import Metric, Target
from mystack.pool import map_threads
from mystack.project import Layer

DOCUMENTS = 100
ROUNDS = 20
"""In each round both services get the same requests, one after the other, and take turns in being the first."""
LIVE, ASKED = 500, 15
"""Requests of a round: trivial ones, and questions, each of which is asked once."""
LIVE_MICROSECONDS = 60
OFF: Mapping[str, Mapping[str, str]] = {"metrics": {"METRICS": "false"}}
"""What is measured, and the settings that switch it off."""

Request = Callable[[httpx2.Client, str], httpx2.Response]


@dataclass(frozen=True)
class Service:
    """A running service."""

    client: httpx2.Client
    process: psutil.Process

    def spent(self, request: Request, texts: Sequence[str]) -> tuple[float, list[float]]:
        """Processor seconds of the service for all requests, and the seconds of each."""
        before, times = self._processor(), []
        for text in texts:
            begun = time.perf_counter()
            request(self.client, text).raise_for_status()
            times.append(time.perf_counter() - begun)
        return self._processor() - before, times

    def _processor(self) -> float:
        return float(sum(self.process.cpu_times()[:2]))


def measure(layer: Layer, scratch: Path, on_progress: Callable[[str], None]) -> Sequence[Metric]:
    """All metrics of the layer."""
    known = towns(DOCUMENTS)
    metrics: list[Metric] = []
    for what, settings in OFF.items():
        on_progress(f"two services start: {what} on and off")
        with ExitStack() as stack:
            on, off = (service(stack, layer, given, known) for given in ({}, settings))
            on_progress(f"{what}: {ROUNDS} rounds of requests")
            metrics += overhead(what, on, off, known)
    return metrics


def service(stack: ExitStack, layer: Layer, settings: Mapping[str, str], known: Sequence[Town]) -> Service:
    """A service with these settings that holds the documents; it stops with the stack."""
    server = stack.enter_context(fresh_server(layer, settings))
    client = stack.enter_context(connected(server.url, None))
    list(map_threads(2, Library(client, shared=False).upload, [town.document for town in known]))
    return Service(client, psutil.Process(server.app.pid))


def overhead(what: str, on: Service, off: Service, known: Sequence[Town]) -> Iterator[Metric]:
    """The price of `what` for a trivial request, a search and an answer."""
    questions = [question for number in range(4) for town in known for question in town.questions[number : number + 1]]
    half = len(questions) // 2
    trivial = [""] * LIVE * ROUNDS
    live = compared(lambda client, text: client.get("/health/live"), on, off, trivial, LIVE)
    more = statistics.median(1e6 * (with_it - without) / LIVE for with_it, without in live.processor)
    yield Metric(f"{what}, processor time per request", [more], Target("<", LIVE_MICROSECONDS), "µs", 0)
    for path, field, own in (("/search", "query", questions[:half]), ("/chat", "message", questions[half:])):
        yield from compared(post(path, field), on, off, own, ASKED).ratios(f"{path}, {what}")


def post(path: str, field: str) -> Request:
    return lambda client, text: client.post(path, json={field: text})


@dataclass(frozen=True)
class Compared:
    """Processor seconds of each round, on and off, and the seconds of all requests, on and off."""

    processor: Sequence[tuple[float, float]]
    times: tuple[Sequence[float], Sequence[float]]

    def ratios(self, what: str) -> Iterator[Metric]:
        spent = [sum(round[number] for round in self.processor) for number in (0, 1)]
        yield Metric(f"{what} on against off, processor time", [spent[0] / spent[1]], digits=2)
        on, off = map(statistics.median, self.times)
        yield Metric(f"{what} off, median", [1000 * off], unit="ms", digits=1)
        yield Metric(f"{what} on against off, median", [on / off], digits=2)


def compared(request: Request, on: Service, off: Service, texts: Sequence[str], number: int) -> Compared:
    """Both services get all texts, `number` of them in a round."""
    processor: list[tuple[float, float]] = []
    times: tuple[list[float], list[float]] = ([], [])
    for turn, begin in enumerate(range(0, len(texts), number)):
        some, spent = texts[begin : begin + number], [0.0, 0.0]
        for which in ((0, 1), (1, 0))[turn % 2]:
            spent[which], seconds = (on, off)[which].spent(request, some)
            times[which].extend(seconds)
        processor.append((spent[0], spent[1]))
    return Compared(processor, times)
