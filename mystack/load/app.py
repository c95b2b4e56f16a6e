"""The verb: start the layer, overload it, report."""

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
from mystack.bench.places import Place, places
from mystack.bench.streams import allow_descriptors
from mystack.child import stop_on_signals
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.fresh import fresh_server
from mystack.load import ingest, overload, streams
from mystack.load.calls import Call
from mystack.metrics import MISSED, Metric, Report, this_machine
from mystack.project import Layer, find_layer
from mystack.server import Server

PLACES = 200
UPLOADS_AT_ONCE = 4
AT_ONCE = 16
"""Requests at once of layer 1, where a model server does the work: as many as that one shall be given."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def load(
    layer: Annotated[
        str | None, typer.Argument(help="Which layer; the newest when left out.", show_default=False)
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long the overload lasts.", min=1, max=600)] = overload.SECONDS,
    output: Annotated[Path | None, typer.Option("--json", help="Write the report to this file, too.")] = None,
) -> None:
    """Ask a layer for three times as much as it can do, and hold streams that nobody reads. Exits with 1 on a miss.

    The layer is started here, on data of its own, and called over loopback alone, a bounded number of times.

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
    report.show(console)
    if output:
        report.write(output)
    if report.missed:
        raise typer.Exit(MISSED)


def measure(layer: Layer, scratch: Path, seconds: float, say: Callable[[str], None]) -> Iterator[Metric]:
    """All metrics; `say` is told what is being measured."""
    with listening("model server", "mystack.bench.model", scratch, scratch / "model.log") as model:
        ollama = {"LLM_PROVIDER": "ollama", "OLLAMA_URL": model}
        if layer.number == 1:
            with fresh_server(layer, ollama | {"REQUESTS_AT_ONCE": str(AT_ONCE)}) as server:
                yield from overload.measure(server, thinking, say, seconds)
        else:
            with fresh_server(layer) as server:
                yield from with_documents(server, say, seconds)
        with fresh_server(layer, ollama) as server:
            yield from streams.measure(server, model, say)


def with_documents(server: Server, say: Callable[[str], None], seconds: float) -> Iterator[Metric]:
    """What layers do that search: the overload, and searches during an ingest."""
    known = places(PLACES + ingest.DOCUMENTS * ingest.PLACES_EACH)
    questions = questions_about(known[:PLACES])
    with connected(server.url, None) as client:
        library = Library(client, shared=False)
        with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
            list(pool.map(library.upload, (place.document for place in known[:PLACES])))
        yield from overload.measure(server, lambda number: answers_and_searches(questions, number), say, seconds)
        yield from ingest.measure(server, library, known[PLACES:], lambda n: searches(questions, n), say)


def thinking(number: int) -> Sequence[Call]:
    """Questions to a model that takes its time."""
    body = json.dumps({"message": "What is retrieval-augmented generation?", "model": "thinking"})
    return [Call("/chat", body)] * number


def questions_about(known: Sequence[Place]) -> Iterator[str]:
    """Questions without end, no two alike: the vector of none is remembered."""
    for turn in count():
        for place in known:
            yield f"{place.questions[turn % len(place.questions)]} ({turn})"


def answers_and_searches(questions: Iterator[str], number: int) -> Sequence[Call]:
    """Calls of /chat and /search in turn."""
    return [asked(questions) if at % 2 else searched(questions) for at in range(number)]


def searches(questions: Iterator[str], number: int) -> Sequence[Call]:
    """Calls of /search."""
    return [searched(questions) for _ in range(number)]


def asked(questions: Iterator[str]) -> Call:
    return Call("/chat", json.dumps({"message": next(questions)}))


def searched(questions: Iterator[str]) -> Call:
    return Call("/search", json.dumps({"query": next(questions)}))
