"""Layer 2: search, cited answers, ingest against the raw embedder, and memory after many uploads."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import httpx2

from mystack.bench.places import Place, places
from mystack.bench.raw_embedder import raw_embedder
from mystack.bench.streams import memory
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.fresh import fresh_server
from mystack.metrics import Metric, Target
from mystack.pool import at_once
from mystack.project import Layer

DOCUMENTS = 300
ROUNDS = 3
"""Ingest and raw embedder take turns so often."""
UPLOADS_AT_ONCE = 4
USERS = 10
WHO = {1: "one user", USERS: f"{USERS} at once"}
QUESTIONS = 250
"""For each latency; every question is asked once, so that no vector of one is remembered."""
CYCLES = 8
CYCLE = 50
"""So often so many documents are deleted and uploaded again."""
WARM_UP = 6
"""Cycles before that, in which every pool of memory finds its size."""
LEAK = 6.0
"""MB in 1,000 uploads: what their vectors alone would take, four to a document."""

T = TypeVar("T")
R = TypeVar("R")
Asked = tuple[str, str]
"""A question, and the name of the document that answers it."""


def measure(layer: Layer, scratch: Path, say: Callable[[str], None]) -> Sequence[Metric]:
    """All metrics; `say` is told what is being measured."""
    known = places(DOCUMENTS)
    say("the layer and the raw embedder start")
    with (
        fresh_server(layer) as server,
        connected(server.url, None) as client,
        raw_embedder(layer, scratch / "embedder.log") as raw,
    ):
        library = Library(client, shared=False)
        library.search("Is the embedding model loaded?", "hybrid")
        say(f"{DOCUMENTS} documents, {UPLOADS_AT_ONCE} at a time, and the raw embedder on their chunks in turn")
        metrics = list(ingest(library, known, raw))
        questions = asked(known)
        say(f"searches, one user and {USERS}")
        metrics += search(library, questions)
        metrics += stages(client, [question for question, _ in islice(questions, QUESTIONS // 2)])
        say(f"answers, one user and {USERS}")
        metrics += chat(library, questions)
        say(f"{WARM_UP + CYCLES} times {CYCLE} documents deleted and uploaded again")
        metrics += growth(library, known, lambda: memory(server.app.pid))
    return metrics


def asked(known: Sequence[Place]) -> Iterator[Asked]:
    """Every question: the first of every document, then the second, and so on."""
    return ((place.questions[number], place.document.name) for number in range(4) for place in known)


def ingest(library: Library, known: Sequence[Place], raw: Callable[[Sequence[str]], float]) -> Iterator[Metric]:
    """From the upload until a document can be found, against the embedder alone on the same texts, in turn."""
    ours = theirs = 0.0
    chunks = 0
    for number in range(ROUNDS):
        documents = [place.document for place in known[number::ROUNDS]]
        begun = time.perf_counter()
        list(at_once(UPLOADS_AT_ONCE, library.upload, documents))
        ours += time.perf_counter() - begun
        texts = [text for document in documents for text in library.chunks(document)]
        theirs += raw(texts)
        chunks += len(texts)
    yield Metric("documents", [len(known)], Target("≥", 100), digits=0)
    yield Metric("ingest, documents/min", [60 * len(known) / ours], digits=0)
    yield Metric("ingest, chunks/s", [chunks / ours], digits=1)
    yield Metric("raw embedder, chunks/s", [chunks / theirs], digits=1)
    yield Metric("ingest against the raw embedder", [theirs / ours], Target("≥", 0.8), digits=2)


def search(library: Library, questions: Iterator[Asked]) -> Iterator[Metric]:
    """How long a search takes, alone and among ten, and whether it finds the document."""
    found: list[bool] = []
    for users, who in WHO.items():
        some = list(islice(questions, QUESTIONS))
        times, results = timed(users, lambda it: library.search(it[0], "hybrid"), some)
        # Ten at once share two cores, and every question here is a close call: seven texts to embed, not one.
        yield from latency(f"/search, {who}", times, Target("<", 100) if users == 1 else None)
        found += [hits[0].document == name for (_, name), hits in zip(some, results, strict=True)]
    yield Metric("/search, first hit from the right document", [statistics.mean(found)])


def stages(client: httpx2.Client, questions: Sequence[str]) -> Iterator[Metric]:
    """Where a search of one user spends its time: the layer says what it took, and the rest is HTTP and JSON."""
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


def chat(library: Library, questions: Iterator[Asked]) -> Iterator[Metric]:
    """How long a cited answer takes, alone and among ten, and whether it cites the document."""
    cited: list[bool] = []
    for users, who in WHO.items():
        some = list(islice(questions, QUESTIONS))
        times, replies = timed(users, lambda it: library.chat(it[0]), some)
        yield from latency(f"/chat, {who}", times, Target("<", 3000))
        cited += [
            any(quote.document == name for quote in reply.cited.values())
            for (_, name), reply in zip(some, replies, strict=True)
        ]
    yield Metric("/chat, answers that cite the right document", [statistics.mean(cited)], Target("≥", 0.9))


def growth(library: Library, known: Sequence[Place], resident: Callable[[], float]) -> Iterator[Metric]:
    """How much memory the process keeps of documents that came and went: the slope over the cycles."""
    documents = [place.document for place in known[:CYCLE]]
    sizes: list[float] = []
    for _ in range(WARM_UP + CYCLES):
        library.remove(document.name for document in documents)
        list(at_once(UPLOADS_AT_ONCE, library.upload, documents))
        sizes.append(resident() / 1e6)
    uploads = [number * CYCLE / 1000 for number in range(CYCLES)]
    slope = statistics.linear_regression(uploads, sizes[WARM_UP:]).slope
    yield Metric("memory of the layer's process", [sizes[-1]], unit="MB", digits=0)
    yield Metric("memory kept after 1,000 more uploads and deletions", [slope], Target("≤", LEAK), "MB", digits=1)


def latency(what: str, milliseconds: Sequence[float], target: Target | None = None) -> Iterator[Metric]:
    """Median and 95th percentile; the target is of the latter."""
    yield Metric(f"{what}, median", [statistics.median(milliseconds)], unit="ms", digits=1)
    yield Metric(f"{what}, p95", [statistics.quantiles(milliseconds, n=20)[-1]], target, "ms", digits=1)


def timed(users: int, call: Callable[[T], R], items: Sequence[T]) -> tuple[list[float], list[R]]:
    """How many milliseconds each call took, and what it returned."""

    def stopped(item: T) -> tuple[float, R]:
        begun = time.perf_counter()
        result = call(item)
        return 1000 * (time.perf_counter() - begun), result

    times, results = zip(*at_once(users, stopped, items), strict=True)
    return list(times), list(results)
