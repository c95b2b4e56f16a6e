"""The command: start the layer, measure at each size, report, and draw."""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.scale.plot import growth
from benchmarks.scale.study import Study
from benchmarks.scale.worker import worker
from mystack.child import stop_on_signals
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.evaluate.questions import Document
from mystack.fresh import fresh_server
from mystack.installed import require_dependencies
from mystack.metrics import MISSED, Metric, Report, this_machine
from mystack.project import Layer, find_layer

LAYER = 3
SIZES = (1_000, 10_000, 100_000)
"""Chunks."""
FIRST = Document("first.txt", b"The first upload activates the embedding space.")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def scale(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
    draw: Annotated[
        Path | None, typer.Option(file_okay=False, exists=True, help="Draw `layer3-growth.svg` into this folder.")
    ] = None,
) -> None:
    """Measure layer 3's search among 1,000, 10,000 and 100,000 chunks, next to the bare SQL statement and to Qdrant.

    Qdrant's engine is compared if it is installed: `pip install qdrant-edge-py`. Exits with 1 when a target is
    missed.

    Example: make bench-scale ARGS='--draw docs/images'
    """
    layer = find_layer(LAYER)
    require_dependencies(layer)
    stop_on_signals()
    machine = this_machine()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="mystack-scale-") as scratch, console.status("measuring") as status:
        metrics = measure(layer, SIZES, Path(scratch), status.update)
    report = Report(f"Layer {layer.number} at up to {SIZES[-1]:,} chunks", machine, metrics)
    report.show(console, output)
    if draw:
        console.print(f"drawn: {plot(metrics, SIZES, draw)}", markup=False)
    if report.missed:
        raise typer.Exit(MISSED)


def measure(layer: Layer, sizes: Sequence[int], scratch: Path, on_progress: Callable[[str], None]) -> Sequence[Metric]:
    """All metrics, on a database of the layer's own."""
    on_progress("the layer starts")
    with fresh_server(layer) as server, connected(server.url, None) as client:
        library = Library(client, shared=False)
        library.upload(FIRST)
        library.clear()
        env = os.environ | {"DATABASE_URL": server.services.settings["DATABASE_URL"]}
        with worker(layer, scratch, env) as process:
            return list(Study(process, client, scratch, on_progress).measure(sizes))


def plot(metrics: Sequence[Metric], sizes: Sequence[int], folder: Path) -> Path:
    """Latency and index size by the number of chunks, as `layer3-growth.svg`."""
    return growth({metric.name: metric.measured[0] for metric in metrics}, sizes, folder / "layer3-growth.svg")
