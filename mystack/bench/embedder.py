"""The verb `mystack bench-embedder`: what computes the vectors, how fast, and what its precision costs."""

import json
import math
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from operator import truediv
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from mystack.bench.embedder_side import PLAIN, SIDES
from mystack.bench.page import PAGE, write_section
from mystack.child import stop_on_signals
from mystack.evaluate.questions import QuestionSet, read_squad
from mystack.installed import require_dependencies
from mystack.metrics import MISSED, Machine, Metric, Report, Target, this_machine
from mystack.project import Layer, Refusal, find_layer

Vectors = NDArray[np.float32]

DEFAULT = "openvino-int8"
EXACT = "torch-fp32"
ROUNDS = 4
"""All take turns so often; the first time is to warm up."""
QUESTIONS = 60
"""Timed one by one, in each round."""
FASTER, SOONER, LOSS = 2.5, 4.0, 0.005

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Side:
    """A process that embeds with one backend."""

    process: "subprocess.Popen[str]"

    def ask(self, what: str, texts: Sequence[str], vectors: Path | None = None) -> list[float]:
        """Seconds: of all documents together, or of each question."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("pipes were asked for")
        request = {"what": what, "texts": list(texts), "vectors": str(vectors) if vectors else None}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Refusal("a backend ended; the messages above say why")
        seconds: list[float] = json.loads(line)
        return seconds


@app.command("bench-embedder")
def bench_embedder(
    squad: Annotated[Path, typer.Argument(help="Articles and questions in SQuAD's form.", show_default=False)],
    output: Annotated[Path | None, typer.Option("--json", help="Write the report to this file, too.")] = None,
    page: Annotated[Path, typer.Option(help="Whose section `embedder` is written.")] = PAGE,
) -> None:
    """Compare what can compute the vectors: speed in turn, and how well the nearest paragraph answers.

    The yardstick is `SentenceTransformer.encode` as it comes. Exits with 1 when the default backend misses a target.

    Example: mystack bench-embedder xquad.en.json
    """
    layer = find_layer()
    require_dependencies(layer)
    stop_on_signals()
    asked = read_squad(squad)
    machine = this_machine()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="mystack-embedder-") as scratch, console.status("measuring") as status:
        compared, promised = measure(layer, asked, Path(scratch), status.update)
    console.print(table(compared))
    write_section("embedder", section(compared, asked, machine), page)
    report = Report(f"{DEFAULT}, the default", machine, promised)
    report.show(console)
    if output:
        report.write(output)
    if report.missed:
        raise typer.Exit(MISSED)


def measure(
    layer: Layer, asked: QuestionSet, scratch: Path, say: Callable[[str], None]
) -> tuple[Sequence[Metric], Sequence[Metric]]:
    """The table of all backends, and what is promised of the default one."""
    paragraphs = [text for document in asked.documents for text in document.data.decode().split("\n\n")]
    questions = [question.text for question in asked.questions]
    holders = [
        {n for n, text in enumerate(paragraphs) if any(phrase in text for phrase in question.phrases)}
        for question in asked.questions
    ]
    with ExitStack() as stack:
        sides = {name: stack.enter_context(side(layer, name, scratch / f"{name}.log")) for name in SIDES}
        documents: dict[str, list[float]] = {name: [] for name in SIDES}
        single: dict[str, list[float]] = {name: [] for name in SIDES}
        for number in range(ROUNDS):
            for name, it in sides.items():
                say(f"round {number + 1} of {ROUNDS}: {name}")
                documents[name] += it.ask("documents", paragraphs)
                single[name] += it.ask("questions", questions[number * QUESTIONS : (number + 1) * QUESTIONS])
        vectors = {}
        for name, it in sides.items():
            say(f"the vectors of {name}")
            it.ask("documents", paragraphs, scratch / f"{name}-documents.npy")
            it.ask("documents", questions, scratch / f"{name}-questions.npy")
            vectors[name] = [np.load(scratch / f"{name}-{kind}.npy") for kind in ("documents", "questions")]
    found = {name: quality(texts, asking, holders) for name, (texts, asking) in vectors.items()}
    speed = {name: [len(paragraphs) / seconds for seconds in documents[name][1:]] for name in SIDES}
    waits = {name: [1000 * seconds for seconds in single[name][QUESTIONS:]] for name in SIDES}
    faster = {name: statistics.median(map(truediv, speed[name], speed[PLAIN])) for name in SIDES}
    sooner = {name: statistics.median(waits[PLAIN]) / statistics.median(waits[name]) for name in SIDES}
    cosines = {name: cosine(vectors[name][0], vectors[EXACT][0]) for name in SIDES}
    compared = [
        Metric("texts/s", [statistics.median(speed[name]) for name in SIDES], digits=1),
        Metric("times plain", [faster[name] for name in SIDES], digits=2),
        Metric("a question", [statistics.median(waits[name]) for name in SIDES], unit="ms", digits=1),
        Metric("times sooner", [sooner[name] for name in SIDES], digits=2),
        Metric("cosine, mean", [float(cosines[name].mean()) for name in SIDES], digits=4),
        Metric("cosine, lowest", [float(cosines[name].min()) for name in SIDES], digits=4),
        *(Metric(what, [found[name][what] for name in SIDES]) for what in found[PLAIN]),
    ]
    losses = {what: found[EXACT][what] - found[DEFAULT][what] for what in ("R@5", "nDCG@10")}
    promised = [
        Metric("documents, times as many as plain", [faster[DEFAULT]], Target("≥", FASTER), digits=2),
        Metric("a question, times sooner than plain", [sooner[DEFAULT]], Target("≥", SOONER), digits=2),
        *(Metric(f"loss of {what}", [loss], Target("≤", LOSS), digits=4) for what, loss in losses.items()),
    ]
    return compared, promised


def rows(compared: Sequence[Metric]) -> Iterator[list[str]]:
    """What a table of the backends has in its lines."""
    for number, name in enumerate(SIDES):
        yield [name, *(metric.written(metric.measured[number]) for metric in compared)]


def table(compared: Sequence[Metric]) -> Table:
    """A line for each backend; cosines are those to the exact one's vectors."""
    shown = Table(title="\nBackends", title_justify="left", padding=(0, 0))
    shown.add_column("backend", no_wrap=True)
    for metric in compared:
        shown.add_column(metric.name, justify="right")
    for row in rows(compared):
        shown.add_row(*row)
    return shown


def section(compared: Sequence[Metric], asked: QuestionSet, machine: Machine) -> str:
    """Markdown."""
    lines = [
        f"{len(asked.documents)} articles, {len(asked.questions)} questions; medians of {ROUNDS - 1} rounds in which "
        f"all take turns. {machine}.",
        "",
        f"| backend | {' | '.join(metric.name for metric in compared)} |",
        "|---" * (len(compared) + 1) + "|",
        *(f"| {' | '.join(row)} |" for row in rows(compared)),
    ]
    return "\n".join(lines)


def cosine(some: Vectors, others: Vectors) -> Vectors:
    """Of the rows of two matrices, shape (rows,). Those of 16 bits are not quite of unit length."""
    lengths = np.linalg.norm(some, axis=1) * np.linalg.norm(others, axis=1)
    cosines: Vectors = (some * others).sum(axis=1) / lengths
    return cosines


def quality(texts: Vectors, questions: Vectors, holders: Sequence[set[int]]) -> dict[str, float]:
    """Of a search by cosine alone; a hit holds the answer. nDCG counts the first that does."""
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
def side(layer: Layer, name: str, log: Path) -> Iterator[Side]:
    """The backend in a process of its own, in the layer's folder."""
    command = [sys.executable, "-m", "mystack.bench.embedder_side", name]
    pipe = subprocess.PIPE
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, cwd=layer.folder, stdin=pipe, stdout=pipe, stderr=errors, text=True) as process,
    ):
        yield Side(process)  # leaving the block closes its input, at which it ends
