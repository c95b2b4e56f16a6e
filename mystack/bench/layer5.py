"""Layer 5: what it costs to measure, beside the same service with measuring switched off."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

from mystack.bench.layer5_traces import receiver
from mystack.bench.towns import Town, towns
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.fresh import fresh_server
from mystack.metrics import Metric, Target
from mystack.pool import map_threads
from mystack.project import Layer

DOCUMENTS = 60
ROUNDS = 30
"""In each round both services get the same requests, one after the other, and take turns in being the first."""
LIVE, ASKED = 200, 4
"""Requests of a round: trivial ones, and questions, each of which is asked once."""
LIVE_MICROSECONDS = 60
IDLE_SECONDS = 20.0
"""How long both are idle, to know what they do all the time, such as reading the table of jobs: on a busy machine a
request waits long, and would be charged with it."""
SETTLE_SECONDS = 6.0
"""How long after the last request spans are exported: OpenTelemetry collects them for five seconds."""

Request = Callable[[httpx2.Client, str], httpx2.Response]


@dataclass(frozen=True)
class Service:
    """A running service."""

    client: httpx2.Client
    process: psutil.Process

    def spent(self, request: Request, texts: Sequence[str]) -> tuple[float, list[float]]:
        """Processor seconds of the service for all requests, and the seconds of each."""
        before, times = self.processor(), []
        for text in texts:
            begun = time.perf_counter()
            request(self.client, text).raise_for_status()
            times.append(time.perf_counter() - begun)
        return self.processor() - before, times

    def processor(self) -> float:
        """Processor seconds of its threads. Linux counts nanoseconds here, and elsewhere hundredths of a second."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        if not tasks.is_dir():
            return float(sum(self.process.cpu_times()[:2]))
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


def measure(layer: Layer, scratch: Path, on_progress: Callable[[str], None]) -> Sequence[Metric]:
    """All metrics of the layer."""
    known = towns(DOCUMENTS)
    metrics: list[Metric] = []
    with receiver() as (url, received):
        switches = {"metrics": ({}, {"METRICS": "false"}), "traces": ({"OTEL_EXPORTER_OTLP_ENDPOINT": url}, {})}
        for what, settings in switches.items():
            on_progress(f"two services start: {what} on and off")
            with ExitStack() as stack:
                on, off = (service(stack, layer, given, known) for given in settings)
                on_progress(f"{what}: {ROUNDS} rounds of requests")
                idle = idle_shares(on, off)
                if what == "metrics":
                    metrics += each_request(on, off, idle)
                metrics += overhead(what, on, off, idle, known)
        return [*metrics, Metric("traces received", [received() / 1000], Target("≥", 1), "kB", 0)]


def service(stack: ExitStack, layer: Layer, settings: Mapping[str, str], known: Sequence[Town]) -> Service:
    """A service with these settings that holds the documents; it stops with the stack."""
    server = stack.enter_context(fresh_server(layer, settings))
    client = stack.enter_context(connected(server.url, None))
    list(map_threads(2, Library(client, shared=False).upload, [town.document for town in known]))
    return Service(client, psutil.Process(server.app.pid))


def each_request(on: Service, off: Service, idle: tuple[float, float]) -> Iterator[Metric]:
    """The price of metrics for a trivial request, and while there is none. Traces leave out the path that is asked."""
    yield Metric("metrics, processor time when idle", [1000 * (idle[0] - idle[1])], unit="ms/s", digits=1)
    live = compared(lambda client, text: client.get("/health/live"), on, off, [""] * LIVE * ROUNDS, LIVE)
    more = 1e6 * (live.least(0, idle[0]) - live.least(1, idle[1])) / LIVE
    yield Metric("metrics, processor time per request", [more], Target("<", LIVE_MICROSECONDS), "µs", 0)


def overhead(
    what: str, on: Service, off: Service, idle: tuple[float, float], known: Sequence[Town]
) -> Iterator[Metric]:
    """The price of `what` for a search and an answer."""
    questions = [question for number in range(4) for town in known for question in town.questions[number : number + 1]]
    half = len(questions) // 2
    for path, field, own in (("/search", "query", questions[:half]), ("/chat", "message", questions[half:])):
        yield from compared(post(path, field), on, off, own, ASKED).ratios(f"{path}, {what}", idle)


def post(path: str, field: str) -> Request:
    return lambda client, text: client.post(path, json={field: text})


def idle_shares(on: Service, off: Service) -> tuple[float, float]:
    """Processor seconds per second that nobody asks for, of each."""
    before = on.processor(), off.processor()
    time.sleep(IDLE_SECONDS)
    return (on.processor() - before[0]) / IDLE_SECONDS, (off.processor() - before[1]) / IDLE_SECONDS


@dataclass(frozen=True)
class Round:
    """Of one round, on and off: processor seconds, and the seconds of each request."""

    processor: tuple[float, float]
    times: tuple[Sequence[float], Sequence[float]]


@dataclass(frozen=True)
class Compared:
    """The rounds. `processor` has the seconds of both from the first request until what follows the last one."""

    rounds: Sequence[Round]
    processor: tuple[float, float]
    seconds: float

    def least(self, which: int, idle: float) -> float:
        """The processor seconds of the cheapest round: other programs on the machine only ever make it dearer."""
        return min(each.processor[which] - idle * sum(each.times[which]) for each in self.rounds)

    def ratios(self, what: str, idle: tuple[float, float]) -> Iterator[Metric]:
        """On against off: processor time without what they need when idle, and the median of the requests."""
        spent = [self.processor[number] - idle[number] * self.seconds for number in (0, 1)]
        yield Metric(f"{what} on against off, processor time", [spent[0] / spent[1]], digits=2)
        on, off = (statistics.median(t for each in self.rounds for t in each.times[n]) for n in (0, 1))
        yield Metric(f"{what} off, median", [1000 * off], unit="ms", digits=1)
        yield Metric(f"{what} on against off, median", [on / off], digits=2)


def compared(request: Request, on: Service, off: Service, texts: Sequence[str], number: int) -> Compared:
    """Both services get all texts, `number` of them in a round."""
    rounds, begun, before = [], time.monotonic(), (on.processor(), off.processor())
    for turn, begin in enumerate(range(0, len(texts), number)):
        some = texts[begin : begin + number]
        both = (on, off) if turn % 2 == 0 else (off, on)
        spent = [each.spent(request, some) for each in both]
        first, second = spent if turn % 2 == 0 else spent[::-1]
        rounds.append(Round((first[0], second[0]), (first[1], second[1])))
    time.sleep(SETTLE_SECONDS)
    processor = on.processor() - before[0], off.processor() - before[1]
    return Compared(rounds, processor, time.monotonic() - begun)
