"""Layer 4: a large batch through the queue, its cost beside layer 3's, and what uploads and searches feel of it."""

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil

from mystack.bench import layer2
from mystack.bench.raw_embedder import raw_embedder
from mystack.bench.towns import Town, towns
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.fresh import fresh_server
from mystack.metrics import Metric, Target
from mystack.pool import map_threads
from mystack.project import Layer, Refusal, find_layer
from mystack.server import Server

DOCUMENTS, BESIDE = 1_000, 100
"""Documents of the batch, and of the comparison with layer 3."""
SINGLE, SEARCHES = 10, 100
"""Single uploads, and searches: both when idle and while the batch runs."""
QUESTIONS, ASKED = 200, 1_000
"""Different questions, and how often one of them is asked; the n-th most popular one as often as 1/n."""
FILES, SAMPLE = 100, 200
"""Documents of one request, and those whose chunks the raw embedder gets."""
LOOK_SECONDS = 0.2


def measure(layer: Layer, scratch: Path, on_progress: Callable[[str], None]) -> Sequence[Metric]:
    """All metrics of the layer."""
    known = towns(DOCUMENTS + BESIDE + 2 * SINGLE)
    batch, beside, single = known[:DOCUMENTS], known[DOCUMENTS : -2 * SINGLE], known[-2 * SINGLE :]
    on_progress("the layer starts")
    metrics: list[Metric] = []
    with fresh_server(layer) as server, connected(server.url, None) as client:
        Library(client, shared=False).search("Is the embedding model loaded?", "hybrid")
        on_progress(f"{BESIDE} documents, in this layer and in layer 3")
        metrics += cost(server, client, beside)
        idle_uploads = [upload_seconds(client, town) for town in single[:SINGLE]]
        idle_searches = search_times(client, beside)
        on_progress(f"{DOCUMENTS} documents in one batch, with uploads and searches beside them")
        with raw_embedder(layer, scratch / "embedder.log") as raw:
            metrics += ingest(client, batch, single[SINGLE:], raw, idle_uploads, idle_searches)
        on_progress(f"{ASKED} questions, some of them popular")
        metrics += cache(client, batch)
    return metrics


def cost(server: Server, client: httpx2.Client, documents: Sequence[Town]) -> Iterator[Metric]:
    """Processor time per document, of the service with its worker and of layer 3's service."""
    ours = processor_seconds(server, lambda: finished(client, queued(client, documents)))
    with fresh_server(find_layer(3)) as other, connected(other.url, None) as theirs_client:
        library = Library(theirs_client, shared=False)
        library.search("Is the embedding model loaded?", "hybrid")
        theirs = processor_seconds(
            other, lambda: list(map_threads(4, library.upload, [town.document for town in documents]))
        )
    number = len(documents)
    yield Metric("processor time per document, this layer", [1000 * ours / number], unit="ms", digits=0)
    yield Metric("processor time per document, layer 3", [1000 * theirs / number], unit="ms", digits=0)
    yield Metric("processor time, this layer against layer 3", [ours / theirs], digits=2)


def ingest(
    client: httpx2.Client,
    documents: Sequence[Town],
    single: Sequence[Town],
    raw: Callable[[Sequence[str]], float],
    idle_uploads: Sequence[float],
    idle_searches: Sequence[float],
) -> Iterator[Metric]:
    """A batch, with single uploads and searches while it runs."""
    begun = time.perf_counter()
    batches = queued(client, documents)
    busy_uploads = [upload_seconds(client, town) for town in single]
    busy_searches = search_times(client, documents)
    still_running = any(state(client, batch)["waiting"] for batch in batches)
    oldest = finished(client, batches)
    seconds = time.perf_counter() - begun
    counts = [state(client, batch)["counts"] for batch in batches]
    chunks = some_chunks(client)
    alone = raw(chunks.texts) * len(documents) / chunks.documents
    yield Metric("documents in one batch", [len(documents)], Target("≥", DOCUMENTS), digits=0)
    yield Metric("documents/min", [60 * len(documents) / seconds], Target("≥", 100), digits=0)
    yield Metric("ingest against the raw embedder", [alone / seconds], Target("≥", 0.9), digits=2)
    yield Metric("jobs that failed", [sum(each.get("failed", 0) for each in counts)], Target("≤", 0), digits=0)
    yield Metric("oldest wait in the queue", [oldest], unit="s", digits=0)
    yield Metric("the batch outlasted the uploads and searches", [float(still_running)], Target("≥", 1), digits=0)
    yield Metric("one upload, idle, median", [statistics.median(idle_uploads)], unit="s", digits=2)
    ratio = statistics.median(busy_uploads) / statistics.median(idle_uploads)
    yield Metric("one upload during the batch against idle", [ratio], Target("≤", 3), digits=2)
    yield from layer2.latency("/search, idle", idle_searches)
    yield from layer2.latency("/search during the batch", busy_searches)
    yield Metric(
        "/search during the batch against idle, p95", [p95(busy_searches) / p95(idle_searches)], Target("<", 3)
    )


def cache(client: httpx2.Client, documents: Sequence[Town]) -> Iterator[Metric]:
    """Answers to questions of which some are popular, with the cache: the share of hits, and what a hit saves."""
    lottery = random.Random(4)
    questions = [question for town in documents[: QUESTIONS // 4] for question in town.questions]
    asked = lottery.choices(questions, [1 / rank for rank in range(1, len(questions) + 1)], k=ASKED)
    seen: set[str] = set()
    times: dict[bool, list[float]] = {True: [], False: []}
    for question in asked:
        begun = time.perf_counter()
        client.post("/chat", json={"message": question}).raise_for_status()
        times[question in seen].append(1000 * (time.perf_counter() - begun))
        seen.add(question)
    hits, others = times[True], times[False]
    yield Metric("answers from the cache, share of a Zipf stream", [len(hits) / ASKED], digits=2)
    yield from layer2.latency("/chat, first time", others)
    yield from layer2.latency("/chat, from the cache", hits)
    yield Metric("/chat, first time against the cache, median", [statistics.median(others) / statistics.median(hits)])


def queued(client: httpx2.Client, documents: Sequence[Town]) -> list[str]:
    """Queue documents; returns the ids of their batches."""
    batches = []
    for begin in range(0, len(documents), FILES):
        some = documents[begin : begin + FILES]
        files = [("files", (town.document.name, town.document.data)) for town in some]
        batches.append(client.post("/documents/batch-upload", files=files).raise_for_status().json()["batch_id"])
    return batches


@dataclass(frozen=True)
class Chunks:
    """The texts of the chunks of some documents, and their number."""

    documents: int
    texts: Sequence[str]


def some_chunks(client: httpx2.Client) -> Chunks:
    ids = [each["id"] for each in client.get("/documents", params={"limit": SAMPLE}).json()["documents"]]
    pages = [client.get(f"/documents/{id}/chunks", params={"limit": 200}).json()["chunks"] for id in ids]
    return Chunks(len(ids), [chunk["text"] for page in pages for chunk in page])


def state(client: httpx2.Client, batch_id: str) -> dict[str, Any]:
    body: dict[str, Any] = client.get(f"/jobs/batches/{batch_id}").raise_for_status().json()
    return body


def finished(client: httpx2.Client, batches: Sequence[str]) -> float:
    """Wait until all have ended; returns the longest wait that was seen, in seconds."""
    oldest = 0.0
    for batch in batches:
        while (now := state(client, batch))["waiting"]:
            oldest = max(oldest, now["oldest_wait_seconds"])
            time.sleep(LOOK_SECONDS)
    return oldest


def upload_seconds(client: httpx2.Client, town: Town) -> float:
    """How long one upload takes until its document is ready."""
    begun = time.perf_counter()
    answer = client.post("/documents", files={"file": (town.document.name, town.document.data)})
    if answer.json().get("status") != "ready":
        raise Refusal(f"an upload was not ready in time: {answer.text}")
    return time.perf_counter() - begun


def search_times(client: httpx2.Client, known: Sequence[Town]) -> list[float]:
    """Milliseconds of searches, each for a question of its own."""
    questions = [question for town in known for question in town.questions][:SEARCHES]
    times, _ = layer2.timed(1, lambda text: client.post("/search", json={"query": text}).raise_for_status(), questions)
    return times


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def processor_seconds(server: Server, work: Callable[[], object]) -> float:
    """Processor time that the service, its workers and their children spend on the work."""
    before = _processor_seconds(server)
    work()
    return _processor_seconds(server) - before


def _processor_seconds(server: Server) -> float:
    pids = [server.app.pid, *(child.pid for child in server.services.children if child.name == "worker")]
    trees = [process for pid in pids for process in _tree(psutil.Process(pid))]
    return float(sum(sum(process.cpu_times()[:2]) for process in trees))


def _tree(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]
