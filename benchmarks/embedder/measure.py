"""Rounds in which the backends take turns, and the quality of a search with the vectors of each."""

import json
import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from operator import truediv
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from benchmarks.embedder.worker import BACKENDS, BASELINE
from mystack.bench.piped import piped
from mystack.evaluate.questions import QuestionSet
from mystack.metrics import Metric, Target
from mystack.project import Layer, Refusal

Vectors = NDArray[np.float32]

DEFAULT = "openvino-int8"
EXACT = "torch-fp32"
ROUNDS = 4
"""The first one is the warm-up and is not counted."""
QUESTIONS = 60
"""Questions of a round, each timed alone."""
FASTER, SOONER, LOSS = 2.5, 4.0, 0.005


@dataclass(frozen=True)
class Backend:
    """A worker process that embeds with one backend."""

    requests: IO[str]
    answers: IO[str]

    def embed(self, kind: str, texts: Sequence[str], vectors: Path | None = None) -> list[float]:
        """Seconds for all `documents` together, or for each of the `questions`; stores the vectors in a file."""
        request = {"what": kind, "texts": list(texts), "vectors": str(vectors) if vectors else None}
        self.requests.write(json.dumps(request) + "\n")
        self.requests.flush()
        line = self.answers.readline()
        if not line:
            raise Refusal("a backend's process ended; the messages above say why")
        seconds: list[float] = json.loads(line)
        return seconds


@dataclass(frozen=True)
class Times:
    """Seconds of each backend, by its name: for all documents of each round, and for each single question."""

    documents: Mapping[str, list[float]]
    questions: Mapping[str, list[float]]


def measure(
    layer: Layer, question_set: QuestionSet, scratch: Path, on_progress: Callable[[str], None]
) -> tuple[Sequence[Metric], Sequence[Metric]]:
    """The table of all backends, and the metrics of the default backend with their targets."""
    paragraphs = [text for document in question_set.documents for text in document.data.decode().split("\n\n")]
    questions = [question.text for question in question_set.questions]
    holders = [
        {n for n, text in enumerate(paragraphs) if any(phrase in text for phrase in question.phrases)}
        for question in question_set.questions
    ]
    with ExitStack() as stack:
        backends = {name: stack.enter_context(backend(layer, name, scratch / f"{name}.log")) for name in BACKENDS}
        times = _timed(backends, paragraphs, questions, on_progress)
        vectors = {}
        for name, one in backends.items():
            on_progress(f"the vectors of {name}")
            one.embed("documents", paragraphs, scratch / f"{name}-documents.npy")
            one.embed("documents", questions, scratch / f"{name}-questions.npy")
            vectors[name] = [np.load(scratch / f"{name}-{kind}.npy") for kind in ("documents", "questions")]
    found = {name: quality(texts, asking, holders) for name, (texts, asking) in vectors.items()}
    cosines = {name: cosine(vectors[name][0], vectors[EXACT][0]) for name in BACKENDS}
    return _metrics(times, len(paragraphs), found, cosines)


def _timed(
    backends: Mapping[str, Backend],
    paragraphs: Sequence[str],
    questions: Sequence[str],
    on_progress: Callable[[str], None],
) -> Times:
    times = Times({name: [] for name in backends}, {name: [] for name in backends})
    for number in range(ROUNDS):
        some = questions[number * QUESTIONS : (number + 1) * QUESTIONS]
        for name, one in backends.items():
            on_progress(f"round {number + 1} of {ROUNDS}: {name}")
            times.documents[name].extend(one.embed("documents", paragraphs))
            times.questions[name].extend(one.embed("questions", some))
    return times


def _metrics(
    times: Times, texts: int, found: Mapping[str, Mapping[str, float]], cosines: Mapping[str, Vectors]
) -> tuple[Sequence[Metric], Sequence[Metric]]:
    speed = {name: [texts / seconds for seconds in times.documents[name][1:]] for name in BACKENDS}
    waits = {name: statistics.median(1000 * s for s in times.questions[name][QUESTIONS:]) for name in BACKENDS}
    faster = {name: statistics.median(map(truediv, speed[name], speed[BASELINE])) for name in BACKENDS}
    sooner = {name: waits[BASELINE] / waits[name] for name in BACKENDS}
    compared = [
        Metric("texts/s", [statistics.median(speed[name]) for name in BACKENDS], digits=1),
        Metric("times baseline", list(faster.values()), digits=2),
        Metric("one question", list(waits.values()), unit="ms", digits=1),
        Metric("times faster", list(sooner.values()), digits=2),
        Metric("cosine, mean", [float(cosines[name].mean()) for name in BACKENDS], digits=4),
        Metric("cosine, lowest", [float(cosines[name].min()) for name in BACKENDS], digits=4),
        *(Metric(what, [found[name][what] for name in BACKENDS]) for what in found[BASELINE]),
    ]
    losses = {what: found[EXACT][what] - found[DEFAULT][what] for what in ("R@5", "nDCG@10")}
    promised = [
        Metric("documents, throughput against the baseline", [faster[DEFAULT]], Target("≥", FASTER), digits=2),
        Metric("one question, speed against the baseline", [sooner[DEFAULT]], Target("≥", SOONER), digits=2),
        *(Metric(f"loss of {what}", [loss], Target("≤", LOSS), digits=4) for what, loss in losses.items()),
    ]
    return compared, promised


def cosine(some: Vectors, others: Vectors) -> Vectors:
    """Cosine of each row of two matrices, shape (rows,). 16-bit vectors are not exactly of unit length."""
    lengths = np.linalg.norm(some, axis=1) * np.linalg.norm(others, axis=1)
    cosines: Vectors = (some * others).sum(axis=1) / lengths
    return cosines


def quality(texts: Vectors, questions: Vectors, holders: Sequence[set[int]]) -> dict[str, float]:
    """Quality of a search by cosine alone; a hit is a text that holds the answer. nDCG counts the first one."""
    best = np.argsort(-(questions @ texts.T), axis=1)[:, :10]
    ranks = [
        next((rank for rank, text in enumerate(row) if text in right), None)
        for row, right in zip(best.tolist(), holders, strict=True)
    ]
    return {
        "R@1": statistics.mean(rank == 0 for rank in ranks),
        "R@5": statistics.mean(rank is not None and rank < 5 for rank in ranks),
        "nDCG@10": statistics.mean(0.0 if rank is None else 1 / math.log2(rank + 2) for rank in ranks),
    }


@contextmanager
def backend(layer: Layer, name: str, log: Path) -> Iterator[Backend]:
    """The backend in a process of its own, in the layer's folder."""
    with (
        log.open("wb") as errors,
        piped("benchmarks.embedder.worker", name, cwd=layer.folder, errors=errors) as (requests, answers),
    ):
        yield Backend(requests, answers)
