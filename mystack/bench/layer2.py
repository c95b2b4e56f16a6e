"""Layer 2: search, cited answers, ingest relative to the raw embedder, and memory after many uploads."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import httpx2

from mystack.bench.raw_embedder import raw_embedder
from mystack.bench.streams import memory
from mystack.bench.towns import Town, towns
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.fresh import fresh_server
from mystack.metrics import Metric, Target
from mystack.pool import map_threads
from mystack.project import Layer

DOCUMENTS = 300
ROUNDS = 3
"""Rounds in which ingest and raw embedder take turns."""
CONCURRENT_UPLOADS = 4
USERS = 10
LOADS = {1: "1 user", USERS: f"{USERS} users"}
QUESTIONS = 250
"""Questions per latency; each is asked once, so that no query vector is cached."""
CYCLES = 8
CYCLE = 50
"""In each of `CYCLES` cycles, `CYCLE` documents are deleted and uploaded again."""
WARM_UP = 6
"""Cycles before those, in which caches and allocators reach their size."""
LEAK = 6.0
"""MB per 1,000 uploads: the size of their vectors alone, four per document."""

T = TypeVar("T")
R = TypeVar("R")
Case = tuple[str, str]
"""A question, and the name of the document that answers it."""


def measure(layer: Layer, scratch: Path, on_progress: Callable[[str], None]) -> Sequence[Metric]:
    """All metrics of the layer."""
    known = towns(DOCUMENTS)
    on_progress("the layer and the raw embedder start")
    with (
        fresh_server(layer) as server,
        connected(server.url, None) as client,
        raw_embedder(layer, scratch / "embedder.log") as raw,
    ):
        library = Library(client, shared=False)
        library.search("Is the embedding model loaded?", "hybrid")
        on_progress(f"{DOCUMENTS} documents by {CONCURRENT_UPLOADS} concurrent uploads, and the raw embedder in turn")
        metrics = list(ingest(library, known, raw))
        questions = cases(known)
        on_progress(f"searches, 1 user and {USERS}")
        metrics += search(library, questions)
        metrics += stages(client, [question for question, _ in islice(questions, QUESTIONS // 2)])
        on_progress(f"answers, 1 user and {USERS}")
        metrics += chat(library, questions)
        on_progress(f"{WARM_UP + CYCLES} cycles: {CYCLE} documents deleted and uploaded again")
        metrics += growth(library, known, lambda: memory(server.app.pid))
    return metrics


def cases(known: Sequence[Town]) -> Iterator[Case]:
    """All questions: the first of every document, then the second of every document, …"""
    return ((town.questions[number], town.document.name) for number in range(4) for town in known)


def ingest(library: Library, known: Sequence[Town], raw: Callable[[Sequence[str]], float]) -> Iterator[Metric]:
    """Time from upload until all documents can be found, relative to the embedder alone on the same texts."""
    ours = theirs = 0.0
    chunks = 0
    for number in range(ROUNDS):
        documents = [town.document for town in known[number::ROUNDS]]
        begun = time.perf_counter()
        list(map_threads(CONCURRENT_UPLOADS, library.upload, documents))
        ours += time.perf_counter() - begun
        texts = [text for document in documents for text in library.chunks(document)]
        theirs += raw(texts)
        chunks += len(texts)
    yield Metric("documents", [len(known)], Target("≥", 100), digits=0)
    yield Metric("ingest, documents/min", [60 * len(known) / ours], digits=0)
    yield Metric("ingest, chunks/s", [chunks / ours], digits=1)
    yield Metric("raw embedder, chunks/s", [chunks / theirs], digits=1)
    yield Metric("ingest against the raw embedder", [theirs / ours], Target("≥", 0.8), digits=2)


def search(library: Library, questions: Iterator[Case]) -> Iterator[Metric]:
    """Latency of a search for 1 user and for 10, and whether it finds the right document."""
    found: list[bool] = []
    for users, load in LOADS.items():
        some = list(islice(questions, QUESTIONS))
        times, results = timed(users, lambda case: library.search(case[0], "hybrid"), some)
        # No target for 10 users: they share two cores, and the reranker embeds six more texts per question here.
        yield from latency(f"/search, {load}", times, Target("<", 100) if users == 1 else None)
        found += [hits[0].document == name for (_, name), hits in zip(some, results, strict=True)]
    yield Metric("/search, first hit from the right document", [statistics.mean(found)])


def stages(client: httpx2.Client, questions: Sequence[str]) -> Iterator[Metric]:
    """The stages of a search by one user: the layer reports its own, and the rest is HTTP and JSON."""
    spent: dict[str, list[float]] = {"embedding": [], "stores and reranking": [], "HTTP and JSON": []}
    for question in questions:
        begun = time.perf_counter()
        answer = client.post("/search", json={"query": question})
        whole, known = 1000 * (time.perf_counter() - begun), answer.raise_for_status().json()["latency_ms"]
        parts = (known["embed"], known["search"], whole - known["total"])
        for times, part in zip(spent.values(), parts, strict=True):
            times.append(part)
    for stage, times in spent.items():
        yield Metric(f"/search, {stage}, median", [statistics.median(times)], unit="ms", digits=1)


def chat(library: Library, questions: Iterator[Case]) -> Iterator[Metric]:
    """Latency of a cited answer for 1 user and for 10, and whether it cites the right document."""
    cited: list[bool] = []
    for users, load in LOADS.items():
        some = list(islice(questions, QUESTIONS))
        times, replies = timed(users, lambda case: library.chat(case[0]), some)
        yield from latency(f"/chat, {load}", times, Target("<", 3000))
        cited += [
            any(quote.document == name for quote in reply.cited.values())
            for (_, name), reply in zip(some, replies, strict=True)
        ]
    yield Metric("/chat, answers that cite the right document", [statistics.mean(cited)], Target("≥", 0.9))


def growth(library: Library, known: Sequence[Town], resident: Callable[[], float]) -> Iterator[Metric]:
    """Memory that the process keeps after documents were deleted: the slope over the cycles."""
    documents = [town.document for town in known[:CYCLE]]
    sizes: list[float] = []
    for _ in range(WARM_UP + CYCLES):
        library.remove(document.name for document in documents)
        list(map_threads(CONCURRENT_UPLOADS, library.upload, documents))
        sizes.append(resident() / 1e6)
    uploads = [number * CYCLE / 1000 for number in range(CYCLES)]
    slope = statistics.linear_regression(uploads, sizes[WARM_UP:]).slope
    yield Metric("memory of the layer's process", [sizes[-1]], unit="MB", digits=0)
    yield Metric("memory kept after 1,000 more uploads and deletions", [slope], Target("≤", LEAK), "MB", digits=1)


def latency(what: str, milliseconds: Sequence[float], target: Target | None = None) -> Iterator[Metric]:
    """Median and 95th percentile; the target applies to the latter."""
    yield Metric(f"{what}, median", [statistics.median(milliseconds)], unit="ms", digits=1)
    yield Metric(f"{what}, p95", [statistics.quantiles(milliseconds, n=20)[-1]], target, "ms", digits=1)


def timed(users: int, call: Callable[[T], R], items: Sequence[T]) -> tuple[list[float], list[R]]:
    """The milliseconds and the result of each call."""

    def measured(item: T) -> tuple[float, R]:
        begun = time.perf_counter()
        result = call(item)
        return 1000 * (time.perf_counter() - begun), result

    times, results = zip(*map_threads(users, measured, items), strict=True)
    return list(times), list(results)
