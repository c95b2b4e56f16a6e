"""Search among generated chunks: recall, latency, index size, and the comparison with the bare SQL and with Qdrant."""

import base64
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scale import qdrant
from benchmarks.scale.corpus import CHUNKS, Corpus, Vectors, nearest, topic_texts
from benchmarks.scale.stored import QUESTIONS_FILE, TOPICS_FILE
from benchmarks.scale.worker import WorkerClient
from mystack.bench.layer2 import latency
from mystack.metrics import Metric, Target

QUESTIONS = 200
"""Questions per size; each size has its own."""
WARM_UP = 20
ROUNDS = 5
"""Rounds in which the service and the bare statement take turns."""
TOP_K = 10
RECALL, RECALL_WITHIN = 0.98, 0.99
SQL = 1.5
SINGLES = 100
"""Documents that are inserted and committed one by one."""
EMBED_BATCH = 100
LOCAL_SIZES, LOCAL_QUESTIONS = (1_000, 10_000), 50
"""Sizes at which Qdrant's local mode, which compares every vector, answers in reasonable time."""
EF = (16, 32, 64, 100, 128, 200, 256, 400, 512)
LIMITS: Mapping[str, dict[str, Any]] = {
    "1 % by filter": {"filters": {"percent": 7}},
    "1 % by document_ids": {"documents": list(range(3, 5_000, 100))},
    "10 % by filter": {"filters": {"tenth": 3}},
    "50 % by filter": {"filters": {"half": 1}},
}
Questions = Sequence[tuple[int, str]]
"""The row of a question's vector, and the question's words."""


class Study:
    """Fills the database step by step and measures at each size. `client` calls the service on the same database."""

    def __init__(
        self, worker: WorkerClient, client: httpx2.Client, folder: Path, on_progress: Callable[[str], None]
    ) -> None:
        self.worker = worker
        self.client = client
        self.folder = folder
        self.on_progress = on_progress
        self.load_seconds = self.index_seconds = 0.0

    def measure(self, sizes: Sequence[int]) -> Iterator[Metric]:
        """All metrics; most of them are measured only at the last and largest size."""
        self._prepare(sizes)
        loaded = 0
        for step, size in enumerate(sizes):
            self._fill(loaded // CHUNKS, size)
            loaded = size
            questions = self._questions(step)
            yield from self._growth(size, questions)
        vectors = np.concatenate([self.corpus.vectors(number) for number in range(loaded // CHUNKS)])
        yield from self._loading(loaded)
        yield from self._service(questions)
        yield from self._unfiltered(questions, vectors)
        yield from self._filtered(questions, vectors)
        yield from self._qdrant(questions, vectors)
        for step, size in enumerate(sizes):
            if size in LOCAL_SIZES:
                yield from self._local_mode(self._questions(step), vectors[:size])

    def _prepare(self, sizes: Sequence[int]) -> None:
        """Embed topics and questions with the service, and write the vectors to files for the worker."""
        self.on_progress("topics and questions are embedded")
        words: list[str] = self.worker.request("words")["words"]
        topics = self._embed(topic_texts(words))
        np.save(self.folder / TOPICS_FILE, topics)
        self.corpus = Corpus(words, topics)
        self.texts = [
            self.corpus.question(step * QUESTIONS + number, size // CHUNKS)
            for step, size in enumerate(sizes)
            for number in range(QUESTIONS)
        ]
        self.vectors = self._embed(self.texts)
        np.save(self.folder / QUESTIONS_FILE, self.vectors)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        rows = []
        for start in range(0, len(texts), EMBED_BATCH):
            body = {"input": texts[start : start + EMBED_BATCH], "encoding_format": "base64"}
            answer = self.client.post("/v1/embeddings", json=body).raise_for_status().json()
            rows += [np.frombuffer(base64.b64decode(row["embedding"]), "<f4") for row in answer["data"]]
        return np.stack(rows).astype(np.float32)

    def _questions(self, step: int) -> Questions:
        rows = range(step * QUESTIONS, (step + 1) * QUESTIONS)
        return [(row, self.texts[row]) for row in rows]

    def _fill(self, first: int, size: int) -> None:
        """Load documents from number `first` until the database holds `size` chunks, then build the index."""

        def on_progress(done: int) -> None:
            self.on_progress(f"chunks are loaded: {done * CHUNKS:,} of {size:,}")

        loaded = self.worker.request("load", on_progress, first=first, last=size // CHUNKS)
        self.load_seconds += loaded["seconds"]
        self.on_progress(f"the index on {size:,} vectors is built")
        self.index_seconds = self.worker.request("index")["seconds"]

    def _growth(self, size: int, questions: Questions) -> Iterator[Metric]:
        """Latency of a search, and the size of the index."""
        self.on_progress(f"searches among {size:,} chunks")
        self._search(questions[:WARM_UP], "hybrid")
        times, _ = self._search(questions, "hybrid")
        yield from latency(f"hybrid search, {size:,} chunks", times)
        megabytes = self.worker.request("megabytes")["index"]
        yield Metric(f"HNSW index, {size:,} chunks", [megabytes], unit="MB", digits=1)

    def _loading(self, size: int) -> Iterator[Metric]:
        """Throughput of the bulk load, and of inserts that are committed one by one."""
        yield Metric("generated chunks loaded, chunks/s", [size / self.load_seconds], digits=0)
        yield Metric(f"HNSW index on {size:,} vectors built", [self.index_seconds], unit="s", digits=1)
        whole = self.load_seconds + self.index_seconds
        yield Metric("loaded and indexed, chunks/s", [size / whole], digits=0)
        self.on_progress("chunks are inserted and committed one by one")
        first = size // CHUNKS
        seconds = self.worker.request("insert", first=first, last=first + SINGLES)["seconds"]
        yield Metric("inserted and committed one by one, chunks/s", [SINGLES / seconds], digits=0)

    def _service(self, questions: Questions) -> Iterator[Metric]:
        """`/search` without the embedding, and the same statement through psycopg, in turn."""
        self.on_progress("/search and the bare statement in turn")
        self._search(questions[:WARM_UP], "hybrid", bare=True)
        for _, text in questions:
            self._served(text)  # the service caches their vectors; the timed calls only search
        service, bare = [], []
        for number in range(ROUNDS):
            some = questions[number::ROUNDS]
            service += [self._served(text) for _, text in some]
            bare += self._search(some, "hybrid", bare=True)[0]
        yield from latency("/search without the embedding", service)
        yield from latency("the bare SQL statement", bare)
        ratio = statistics.median(service) / statistics.median(bare)
        yield Metric("/search against the bare statement", [ratio], Target("≤", SQL), digits=2)

    def _served(self, text: str) -> float:
        answer = self.client.post("/search", json={"query": text, "top_k": TOP_K}).raise_for_status().json()
        return float(answer["latency_ms"]["search"])

    def _unfiltered(self, questions: Questions, vectors: Vectors) -> Iterator[Metric]:
        """Dense search among all chunks."""
        self.on_progress("exact nearest neighbours of all questions")
        exact = nearest(self._vectors(questions), vectors, TOP_K)
        times, found = self._search(without_words(questions), "dense")
        self.recall = recall(found, exact)
        yield Metric(f"recall@{TOP_K}, {len(vectors):,} chunks", [self.recall], Target("≥", RECALL))
        yield from latency("PostgreSQL, dense search", times)

    def _filtered(self, questions: Questions, vectors: Vectors) -> Iterator[Metric]:
        """Dense search within a filter: the number of hits, and how many of them are the nearest."""
        for name, limits in LIMITS.items():
            self.on_progress(f"searches limited to {name}")
            exact = nearest(self._vectors(questions), vectors, TOP_K, self._among(limits, len(vectors)))
            times, found = self._search(without_words(questions), "dense", **limits)
            target = Target("≥", RECALL_WITHIN) if name.startswith("1 %") else None
            yield Metric(f"{name}, recall@{TOP_K}", [recall(found, exact)], target)
            fewest = min(len(hits) for hits in found)
            yield Metric(f"{name}, fewest hits of {TOP_K}", [fewest], Target("≥", TOP_K), digits=0)
            yield from latency(f"PostgreSQL, {name}", times)

    def _qdrant(self, questions: Questions, vectors: Vectors) -> Iterator[Metric]:
        """Qdrant's own engine, with the smallest `ef` whose recall equals PostgreSQL's."""
        if not qdrant.installed():
            self.on_progress("Qdrant's engine is left out: `pip install qdrant-edge-py` and measure again")
            return
        self.on_progress(f"Qdrant's engine indexes {len(vectors):,} vectors")
        queries = self._vectors(questions)
        edge, seconds = qdrant.opened(self.folder / "edge", vectors, self.corpus.metadata, ("percent", "tenth", "half"))
        yield Metric("Qdrant, vectors in its HNSW index", [edge.indexed], digits=0)
        yield Metric("Qdrant, loaded and indexed, vectors/s", [len(vectors) / seconds], digits=0)
        exact = nearest(queries, vectors, TOP_K)
        for ef in EF:
            times, found = edge.search(queries, ef)
            if recall(found, exact) >= self.recall:
                break
        yield Metric(f"Qdrant, recall@{TOP_K} (ef {ef})", [recall(found, exact)])
        yield from latency("Qdrant, dense search", times)
        for name, limits in LIMITS.items():
            if "filters" in limits:
                times, found = edge.search(queries, ef, limits["filters"])
                exact = nearest(queries, vectors, TOP_K, self._among(limits, len(vectors)))
                yield Metric(f"Qdrant, {name}, recall@{TOP_K}", [recall(found, exact)])
                yield from latency(f"Qdrant, {name}", times)
        edge.close()

    def _local_mode(self, questions: Questions, vectors: Vectors) -> Iterator[Metric]:
        """qdrant-client's local mode, layer 2's default."""
        self.on_progress(f"Qdrant's local mode, {len(vectors):,} vectors")
        folder = self.folder / f"local-{len(vectors)}"
        times, _ = qdrant.local_mode(folder, vectors, self._vectors(questions[:LOCAL_QUESTIONS]))
        yield from latency(f"Qdrant's local mode, {len(vectors):,} chunks", times)

    def _search(self, questions: Questions, mode: str, **more: Any) -> tuple[list[float], list[list[int]]]:
        """Milliseconds of each question, and the numbers of the chunks it found."""
        answer = self.worker.request("search", questions=questions, mode=mode, **more)
        return answer["ms"], answer["found"]

    def _vectors(self, questions: Questions) -> Vectors:
        return self.vectors[[row for row, _ in questions]]

    def _among(self, limits: Mapping[str, Any], chunks: int) -> NDArray[np.bool_]:
        """Which chunks are within the limits."""
        wanted = limits.get("filters", {})
        listed = limits.get("documents")
        within = [
            (listed is None or number in listed) and wanted.items() <= self.corpus.metadata(number).items()
            for number in range(chunks // CHUNKS)
        ]
        return np.repeat(np.array(within), CHUNKS)


def without_words(questions: Questions) -> Questions:
    """The questions reduced to their vectors."""
    return [(row, "") for row, _ in questions]


def recall(found: Sequence[Sequence[int] | set[int]], exact: Sequence[set[int]]) -> float:
    """The share of the exact nearest neighbours that was found, as the mean over the questions."""
    return statistics.mean(len(best.intersection(hits)) / len(best) for hits, best in zip(found, exact, strict=True))
