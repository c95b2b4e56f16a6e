"""Layer 6: three instances behind HAProxy, their latency under open load, the cost of a request, and held streams."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import httpx2

from mystack.bench import layer6_capacity, layer6_streams
from mystack.bench.layer1 import listening
from mystack.bench.layer2 import latency
from mystack.bench.layer6_capacity import AGAIN, CHAT, HALF, KINDS, SEARCH, USERS, Costs, name, pods, section
from mystack.bench.streams import allow_descriptors
from mystack.bench.towns import Town, towns
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.load.app import answers_and_searches, chat, questions_about, searches
from mystack.load.calls import Call, Result, call
from mystack.load.instances import PLACES, Instances, instances
from mystack.load.overload import OK, quantile
from mystack.load.processors import API, each, idle, memory_of_pods
from mystack.metrics import Metric, Report, Target
from mystack.pool import map_threads
from mystack.project import Layer, Refusal

PAGE = layer6_capacity.PAGE
"""Where `sections` goes."""
DOCUMENTS = 300
ALONE, COSTED = 200, 240
"""Questions by one user, and requests of each kind whose processor time is measured."""
CLIENTS = 4
RATE = 40.0
"""Requests per second at which the latency is stated."""
RATES = (10, 20, 30, 40, 50, 60, 75, 90, 110, 130, 160, 200)
"""Those that are tried, one after the other, until the latency is too long."""
SECONDS = 20.0
P95, INFERENCE = 100.0, 50.0
THINK = 30
PODS = 20
"""The most that the manifests allow."""


def sections(report: Report) -> dict[str, str]:
    """What the guide shows of a report."""
    return {"capacity": section(report)}


def measure(layer: Layer, scratch: Path, on_progress: Callable[[str], None]) -> Sequence[Metric]:
    """All metrics of the layer."""
    allow_descriptors(layer6_streams.DESCRIPTORS)
    known, metrics = towns(DOCUMENTS), list[Metric]()
    (folder := scratch / "answering").mkdir()
    with instances(layer, folder, on_progress=on_progress) as several:
        on_progress(f"{DOCUMENTS} documents")
        with connected(several.url, None) as client:
            list(map_threads(CLIENTS, Library(client, shared=False).upload, [town.document for town in known]))
        questions = questions_about(known)
        metrics += inference(several.url, questions, on_progress)
        metrics += costs(several, known, questions, on_progress)
        metrics += rates(several.url, questions, on_progress)
        metrics.append(Metric("memory of a pod", [max(memory_of_pods(several)) / 1e6], unit="MB", digits=0))
    (folder := scratch / "streaming").mkdir()
    with listening("model server", "mystack.bench.model", scratch, scratch / "model.log") as model:
        metrics += layer6_streams.measure(layer, folder, model, on_progress)
    return metrics


def inference(url: str, questions: Iterator[str], on_progress: Callable[[str], None]) -> Iterator[Metric]:
    """How long the embedding of a new question takes, as the service says."""
    on_progress(f"{ALONE} questions, one at a time")
    with httpx2.Client(base_url=url, trust_env=False, timeout=30) as client:
        found = [client.post("/search", json={"query": next(questions)}).json()["latency_ms"] for _ in range(ALONE)]
    yield from latency("inference per question", [each["embed"] for each in found], Target("<", INFERENCE))


def costs(
    several: Instances, known: Sequence[Town], questions: Iterator[str], on_progress: Callable[[str], None]
) -> Iterator[Metric]:
    """Processor time of each kind of request by stage, and the pods that it asks for."""
    new = [chat(questions) for _ in range(COSTED)]
    plan = {SEARCH: searches(questions, COSTED), CHAT: new, AGAIN: new}
    measured = {}
    resting = idle(several)
    for kind in KINDS:
        on_progress(f"the processor time of {kind}")
        measured[kind] = each(several, COSTED, partial(answered, several.url, plan[kind]), resting)
    yield from (
        Metric(name(kind, stage), [spent], unit="ms", digits=1)
        for kind, stages in measured.items()
        for stage, spent in stages.items()
    )
    yield needed(measured)


def needed(measured: Costs) -> Metric:
    """The pods of one processor for all users, half of whose requests are searches and half answers."""
    number = pods(USERS / THINK, HALF.milliseconds(measured, API))
    return Metric(f"pods for {USERS:,} users, {THINK} s between questions", [number], Target("≤", PODS), digits=0)


def answered(url: str, calls: Sequence[Call]) -> None:
    """Make the calls. Refuses a service that does not answer all of them: its cost would be too low."""
    failed = [result for result in call(url, calls, users=CLIENTS) if result.status != OK]
    if failed:
        raise Refusal(f"{len(failed)} of {len(calls)} requests were not answered, the first with {failed[0].status}")


def rates(url: str, questions: Iterator[str], on_progress: Callable[[str], None]) -> Iterator[Metric]:
    """The latency at the stated rate, and the highest rate whose 95th percentile keeps within the target."""
    held, passed = 0.0, 0.0
    on_progress(f"{RATE:.0f} requests per second, for {SECONDS:.0f} s")
    yield from stated(loaded(url, questions, RATE))
    for rate in RATES:
        on_progress(f"{rate} requests per second, for {SECONDS:.0f} s")
        results = loaded(url, questions, rate)
        if p95(results) >= P95 or any(result.status != OK for result in results):
            passed = rate
            break
        held = rate
    yield Metric(f"highest rate with p95 < {P95:.0f} ms", [held], unit="/s", digits=0)
    yield Metric("the next rate, at which it was longer", [passed], unit="/s", digits=0)
    yield Metric(f"users at that highest rate, {THINK} s between questions", [held * THINK], digits=0)


def loaded(url: str, questions: Iterator[str], rate: float) -> Sequence[Result]:
    """The results of an open load, half searches and half answers."""
    return call(url, answers_and_searches(questions, int(rate * SECONDS)), rate=rate)


def stated(results: Sequence[Result]) -> Iterator[Metric]:
    """Latency from the time at which a request was due, half searches and half answers, all new."""
    what = f"{RATE:.0f} requests/s on {len(PLACES)} instances"
    median = statistics.median(result.seconds for result in results)
    yield Metric(f"{what}, median", [1000 * median], unit="ms", digits=1)
    yield Metric(f"{what}, p95", [p95(results)], Target("<", P95), "ms", 1)
    yield Metric(f"{what}, failed", [sum(result.status != OK for result in results)], Target("≤", 0), digits=0)


def p95(results: Sequence[Result]) -> float:
    """Milliseconds."""
    return quantile([1000 * result.seconds for result in results], 0.95)
