"""Search among ready chunks: how good, how fast, and beside what."""

import base64
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from numpy.typing import NDArray

from mystack.bench import layer3_qdrant as qdrant
from mystack.bench.layer2 import latency
from mystack.bench.layer3_corpus import CHUNKS, Corpus, Vectors, nearest, topic_texts
from mystack.bench.layer3_desk import WorkerClient
from mystack.bench.layer3_stored import QUESTIONS_FILE, TOPICS_FILE
from mystack.metrics import Metric, Target

QUESTIONS = 200
"""For each size: different ones."""
WARM_UP = 20
ROUNDS = 5
"""The service and the bare statement take turns so often."""
TOP_K = 10
RECALL, RECALL_WITHIN = 0.98, 0.99
SQL = 1.5
SINGLES = 100
"""Documents that are inserted and committed one by one."""
EMBED_AT_ONCE = 100
LOCAL_SIZES, LOCAL_QUESTIONS = (1_000, 10_000), 50
"""What Qdrant's local mode can be asked in reasonable time."""
EF = (16, 32, 64, 100, 128, 200, 256, 400, 512)
LIMITS: Mapping[str, dict[str, Any]] = {
    "1 % by filter": {"filters": {"percent": 7}},
    "1 % by document_ids": {"documents": list(range(3, 5_000, 100))},
    "10 % by filter": {"filters": {"tenth": 3}},
    "50 % by filter": {"filters": {"half": 1}},
}
Asked = Sequence[tuple[int, str]]


class Scale:
    """Fills the database step by step and measures at each size. `client` is of the service on the same database."""

    def __init__(self, desk: WorkerClient, client: httpx2.Client, folder: Path, say: Callable[[str], None]) -> None:
        self.desk = desk
        self.client = client
        self.folder = folder
        self.say = say
        self.load_seconds = self.index_seconds = 0.0

    def measure(self, sizes: Sequence[int]) -> Iterator[Metric]:
        """All metrics; the detailed ones at the last, the largest size."""
        self._prepare(sizes)
        loaded = 0
        for place, size in enumerate(sizes):
            self._fill(loaded // CHUNKS, size)
            loaded = size
            questions = self._questions(place)
            yield from self._growth(size, questions)
        vectors = np.concatenate([self.corpus.vectors(number) for number in range(loaded // CHUNKS)])
        yield from self._loading(loaded)
        yield from self._service(questions)
        yield from self._unlimited(questions, vectors)
        yield from self._limited(questions, vectors)
        yield from self._qdrant(questions, vectors)
        for place, size in enumerate(sizes):
            if size in LOCAL_SIZES:
                yield from self._local_mode(self._questions(place), vectors[:size])

    def _prepare(self, sizes: Sequence[int]) -> None:
        """Vectors of topics and questions, made by the service, in files for both ends."""
        self.say("topics and questions are embedded")
        words: list[str] = self.desk.ask("words")["words"]
        topics = self._embed(topic_texts(words))
        np.save(self.folder / TOPICS_FILE, topics)
        self.corpus = Corpus(words, topics)
        self.texts = [
            self.corpus.question(place * QUESTIONS + number, size // CHUNKS)
            for place, size in enumerate(sizes)
            for number in range(QUESTIONS)
        ]
        self.vectors = self._embed(self.texts)
        np.save(self.folder / QUESTIONS_FILE, self.vectors)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        rows = []
        for start in range(0, len(texts), EMBED_AT_ONCE):
            body = {"input": texts[start : start + EMBED_AT_ONCE], "encoding_format": "base64"}
            answer = self.client.post("/v1/embeddings", json=body).raise_for_status().json()
            rows += [np.frombuffer(base64.b64decode(row["embedding"]), "<f4") for row in answer["data"]]
        return np.stack(rows).astype(np.float32)

    def _questions(self, place: int) -> Asked:
        rows = range(place * QUESTIONS, (place + 1) * QUESTIONS)
        return [(row, self.texts[row]) for row in rows]

    def _fill(self, first: int, size: int) -> None:
        """Documents from `first` on until there are so many chunks, and an index over all of them."""

        def progress(done: int) -> None:
            self.say(f"chunks are loaded: {done * CHUNKS:,} of {size:,}")

        self.load_seconds += self.desk.ask("load", progress, first=first, last=size // CHUNKS)["seconds"]
        self.say(f"the index over {size:,} vectors is built")
        self.index_seconds = self.desk.ask("index")["seconds"]

    def _growth(self, size: int, questions: Asked) -> Iterator[Metric]:
        """What a search costs, and how large the index is."""
        self.say(f"searches among {size:,} chunks")
        self._ask(questions[:WARM_UP], "hybrid")
        times, _ = self._ask(questions, "hybrid")
        yield from latency(f"hybrid search, {size:,} chunks", times)
        yield Metric(f"HNSW index, {size:,} chunks", [self.desk.ask("megabytes")["index"]], unit="MB", digits=1)

    def _loading(self, size: int) -> Iterator[Metric]:
        """Many at once, and one by one."""
        yield Metric("ready chunks loaded, chunks/s", [size / self.load_seconds], digits=0)
        yield Metric(f"HNSW index over {size:,} vectors built", [self.index_seconds], unit="s", digits=1)
        whole = self.load_seconds + self.index_seconds
        yield Metric("loaded and indexed, chunks/s", [size / whole], digits=0)
        self.say("chunks are inserted and committed one by one")
        first = size // CHUNKS
        seconds = self.desk.ask("insert", first=first, last=first + SINGLES)["seconds"]
        yield Metric("inserted and committed one by one, chunks/s", [SINGLES / seconds], digits=0)

    def _service(self, questions: Asked) -> Iterator[Metric]:
        """`/search` without the embedding, and the same statement through psycopg, in turn."""
        self.say("/search and the bare statement in turn")
        self._ask(questions[:WARM_UP], "hybrid", bare=True)
        for _, text in questions:
            self._served(text)  # from now on the service remembers their vectors, and does nothing but search
        service, bare = [], []
        for number in range(ROUNDS):
            some = questions[number::ROUNDS]
            service += [self._served(text) for _, text in some]
            bare += self._ask(some, "hybrid", bare=True)[0]
        yield from latency("/search without the embedding", service)
        yield from latency("the bare SQL statement", bare)
        ratio = statistics.median(service) / statistics.median(bare)
        yield Metric("/search against the bare statement", [ratio], Target("≤", SQL), digits=2)

    def _served(self, text: str) -> float:
        answer = self.client.post("/search", json={"query": text, "top_k": TOP_K}).raise_for_status().json()
        return float(answer["latency_ms"]["search"])

    def _unlimited(self, questions: Asked, vectors: Vectors) -> Iterator[Metric]:
        """By meaning alone, among all."""
        self.say("the nearest of all, compared one by one")
        exact = nearest(self._vectors(questions), vectors, TOP_K)
        times, found = self._ask(by_meaning(questions), "dense")
        self.recall = recall(found, exact)
        yield Metric(f"recall@{TOP_K}, {len(vectors):,} chunks", [self.recall], Target("≥", RECALL))
        yield from latency("PostgreSQL, dense search", times)

    def _limited(self, questions: Asked, vectors: Vectors) -> Iterator[Metric]:
        """By meaning alone, among those that a filter leaves: as many as were asked for, and the right ones."""
        for name, limits in LIMITS.items():
            self.say(f"searches limited to {name}")
            exact = nearest(self._vectors(questions), vectors, TOP_K, self._among(limits, len(vectors)))
            times, found = self._ask(by_meaning(questions), "dense", **limits)
            one = name.startswith("1 %")
            yield Metric(f"{name}, recall@{TOP_K}", [recall(found, exact)], Target("≥", RECALL_WITHIN) if one else None)
            fewest = min(len(hits) for hits in found)
            yield Metric(f"{name}, fewest hits of {TOP_K}", [fewest], Target("≥", TOP_K), digits=0)
            yield from latency(f"PostgreSQL, {name}", times)

    def _qdrant(self, questions: Asked, vectors: Vectors) -> Iterator[Metric]:
        """Qdrant's own engine, at the smallest effort that finds as much as PostgreSQL did."""
        if not qdrant.installed():
            self.say("Qdrant's engine is left out: `pip install qdrant-edge-py` and measure again")
            return
        self.say(f"Qdrant's engine indexes {len(vectors):,} vectors")
        asked = self._vectors(questions)
        edge, seconds = qdrant.opened(self.folder / "edge", vectors, self.corpus.metadata, ("percent", "tenth", "half"))
        yield Metric("Qdrant, vectors in its HNSW index", [edge.indexed], digits=0)
        yield Metric("Qdrant, loaded and indexed, vectors/s", [len(vectors) / seconds], digits=0)
        exact = nearest(asked, vectors, TOP_K)
        for ef in EF:
            times, found = edge.search(asked, ef)
            if recall(found, exact) >= self.recall:
                break
        yield Metric(f"Qdrant, recall@{TOP_K} (ef {ef})", [recall(found, exact)])
        yield from latency("Qdrant, dense search", times)
        for name, limits in LIMITS.items():
            if "filters" in limits:
                times, found = edge.search(asked, ef, limits["filters"])
                exact = nearest(asked, vectors, TOP_K, self._among(limits, len(vectors)))
                yield Metric(f"Qdrant, {name}, recall@{TOP_K}", [recall(found, exact)])
                yield from latency(f"Qdrant, {name}", times)
        edge.close()

    def _local_mode(self, questions: Asked, vectors: Vectors) -> Iterator[Metric]:
        """What layer 2 searches with by default."""
        self.say(f"Qdrant's local mode, {len(vectors):,} vectors")
        folder = self.folder / f"local-{len(vectors)}"
        times, _ = qdrant.local_mode(folder, vectors, self._vectors(questions[:LOCAL_QUESTIONS]))
        yield from latency(f"Qdrant's local mode, {len(vectors):,} chunks", times)

    def _ask(self, questions: Asked, mode: str, **more: Any) -> tuple[list[float], list[list[int]]]:
        """Milliseconds of each question, and the numbers of the chunks that it found."""
        answer = self.desk.ask("search", questions=questions, mode=mode, **more)
        return answer["ms"], answer["found"]

    def _vectors(self, questions: Asked) -> Vectors:
        return self.vectors[[row for row, _ in questions]]

    def _among(self, limits: Mapping[str, Any], chunks: int) -> NDArray[np.bool_]:
        """Which chunks the limits leave."""
        wanted = limits.get("filters", {})
        listed = limits.get("documents")
        left = [
            (listed is None or number in listed) and wanted.items() <= self.corpus.metadata(number).items()
            for number in range(chunks // CHUNKS)
        ]
        return np.repeat(np.array(left), CHUNKS)


def by_meaning(questions: Asked) -> Asked:
    """Without their words."""
    return [(row, "") for row, _ in questions]


def recall(found: Sequence[Sequence[int] | set[int]], exact: Sequence[set[int]]) -> float:
    """The share of the nearest that was found, the mean over the questions."""
    return statistics.mean(len(best.intersection(hits)) / len(best) for hits, best in zip(found, exact, strict=True))
