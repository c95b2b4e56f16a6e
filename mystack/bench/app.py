"""The command `mystack bench`."""

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
    layer: Annotated[str | None, typer.Argument(help="Number of the layer.", show_default="the newest")] = None,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
) -> None:
    """Measure a layer's success metrics: metric, target, measured, pass. Exits with 1 when a target is missed.

    The layer is started like `mystack run` starts it, with data of its own, and called over HTTP from other
    processes. Ratios compare values that were measured in turn in one run, so other load on the machine affects both.

    Example: mystack bench 1 --json layer1.json
    """
    chosen = find_layer(layer)
    module = f"mystack.bench.layer{chosen.number}"
    if not importlib.util.find_spec(module):
        raise Refusal(f"there are no measurements for layer {chosen.number}")
    require_dependencies(chosen)
    stop_on_signals()
    machine = this_machine()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="mystack-bench-") as scratch, console.status("measuring") as status:
        metrics = importlib.import_module(module).measure(chosen, Path(scratch), status.update)
    report = Report(f"Layer {chosen.number}", machine, metrics)
    report.show(console, output)
    if report.missed:
        raise typer.Exit(MISSED)
