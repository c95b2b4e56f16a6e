"""The command `mystack load`."""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mystack.bench.layer1 import listening
from mystack.bench.streams import allow_descriptors
from mystack.bench.towns import Town, towns
from mystack.child import stop_on_signals
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.fresh import fresh_server
from mystack.load import ingest, overload, streams
from mystack.load.calls import Call
from mystack.metrics import MISSED, Metric, Report, this_machine
from mystack.project import Layer, find_layer
from mystack.server import Server

TOWNS = 200
CONCURRENT_UPLOADS = 4
CONCURRENT_REQUESTS = 16
"""Layer 1's limit of concurrent requests, because a model server does its work."""
GENERATIONS = 2 * streams.STREAMS
"""The limit of concurrent generations: these measurements are about the service, not about its model."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def load(
    layer: Annotated[str | None, typer.Argument(help="Number of the layer.", show_default="the newest")] = None,
    seconds: Annotated[float, typer.Option(help="Duration of the overload.", min=1, max=600)] = overload.SECONDS,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
) -> None:
    """Overload a layer at three times its capacity, and hold streams that no client reads. Exits with 1 on a miss.

    The layer is started with data of its own and called over loopback, a bounded number of times.

    Example: mystack load 3 --seconds 10
    """
    chosen = find_layer(layer)
    stop_on_signals()
    allow_descriptors(8192)
    machine = this_machine()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="mystack-load-") as scratch, console.status("starting") as status:
        metrics = list(measure(chosen, Path(scratch), seconds, status.update))
    report = Report(f"Layer {chosen.number} under load", machine, metrics)
    report.show(console, output)
    if report.missed:
        raise typer.Exit(MISSED)


def measure(layer: Layer, scratch: Path, seconds: float, on_progress: Callable[[str], None]) -> Iterator[Metric]:
    """All metrics of the layer."""
    with listening("model server", "mystack.bench.model", scratch, scratch / "model.log") as model:
        ollama = {"LLM_PROVIDER": "ollama", "OLLAMA_URL": model, "LLM_AT_ONCE": str(GENERATIONS)}
        if layer.number == 1:
            with fresh_server(layer, ollama | {"REQUESTS_AT_ONCE": str(CONCURRENT_REQUESTS)}) as server:
                yield from overload.measure(server, thinking, on_progress, seconds)
        else:
            with fresh_server(layer) as server:
                yield from with_documents(server, on_progress, seconds)
        with fresh_server(layer, ollama) as server:
            yield from streams.measure(server, model, on_progress)


def with_documents(server: Server, on_progress: Callable[[str], None], seconds: float) -> Iterator[Metric]:
    """Layers that store documents: the overload, and searches during an ingest."""
    known = towns(TOWNS + ingest.DOCUMENTS * ingest.TOWNS_EACH)
    questions = questions_about(known[:TOWNS])
    with connected(server.url, None) as client:
        library = Library(client, shared=False)
        with ThreadPoolExecutor(CONCURRENT_UPLOADS) as pool:
            list(pool.map(library.upload, (town.document for town in known[:TOWNS])))
        yield from overload.measure(
            server, lambda number: answers_and_searches(questions, number), on_progress, seconds
        )
        yield from ingest.measure(server, library, known[TOWNS:], lambda n: searches(questions, n), on_progress)


def thinking(number: int) -> Sequence[Call]:
    """Questions to a model that takes a tenth of a second."""
    body = json.dumps({"message": "What is retrieval-augmented generation?", "model": "thinking"})
    return [Call("/chat", body)] * number


def questions_about(known: Sequence[Town]) -> Iterator[str]:
    """An endless sequence of different questions, so that no query vector is cached."""
    for turn in count():
        for town in known:
            yield f"{town.questions[turn % len(town.questions)]} ({turn})"


def answers_and_searches(questions: Iterator[str], number: int) -> Sequence[Call]:
    """Alternating calls of /chat and /search."""
    return [chat(questions) if index % 2 else search(questions) for index in range(number)]


def searches(questions: Iterator[str], number: int) -> Sequence[Call]:
    """Calls of /search."""
    return [search(questions) for _ in range(number)]


def chat(questions: Iterator[str]) -> Call:
    return Call("/chat", json.dumps({"message": next(questions)}))


def search(questions: Iterator[str]) -> Call:
    return Call("/search", json.dumps({"query": next(questions)}))
