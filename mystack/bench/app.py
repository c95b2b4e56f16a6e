"""The verb: find the layer's module, measure, report."""

import importlib
import importlib.util
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mystack.child import stop_on_signals
from mystack.installed import require_dependencies
from mystack.metrics import MISSED, Report, this_machine
from mystack.project import Refusal, find_layer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(
    layer: Annotated[
        str | None, typer.Argument(help="Which layer; the newest when left out.", show_default=False)
    ] = None,
    output: Annotated[Path | None, typer.Option("--json", help="Write the report to this file, too.")] = None,
    draw: Annotated[
        Path | None, typer.Option(file_okay=False, exists=True, help="Draw the layer's plots into this folder.")
    ] = None,
) -> None:
    """Measure a layer's success metrics: metric, target, measured, pass. Exits with 1 when a target is missed.

    The layer is started as `mystack run` starts it, on data of its own, and asked over HTTP from other processes.
    Ratios compare what was measured in turn in one run, so that a busy machine slows both sides.

    Example: mystack bench 1 --json layer1.json
    """
    chosen = find_layer(layer)
    module = f"mystack.bench.layer{chosen.number}"
    if not importlib.util.find_spec(module):
        raise Refusal(f"there are no measurements for layer {chosen.number}")
    require_dependencies(chosen)
    measurements = importlib.import_module(module)
    if draw and not hasattr(measurements, "draw"):
        raise Refusal(f"there is nothing to draw of layer {chosen.number}")
    stop_on_signals()
    machine = this_machine()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="mystack-bench-") as scratch, console.status("measuring") as status:
        metrics = measurements.measure(chosen, Path(scratch), status.update)
    report = Report(f"Layer {chosen.number}", machine, metrics)
    report.show(console, output)
    if draw:
        console.print(f"drawn: {measurements.draw(metrics, draw)}", markup=False)
    if report.missed:
        raise typer.Exit(MISSED)
