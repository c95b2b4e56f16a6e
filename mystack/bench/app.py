"""The command `mystack bench`."""

import importlib
import importlib.util
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mystack.bench.page import write_section
from mystack.child import stop_on_signals
from mystack.client import ApiKey
from mystack.installed import require_dependencies
from mystack.metrics import MISSED, Report, this_machine
from mystack.project import Refusal, find_layer
from mystack.recording import Record, RecordAt, place, record, run_of, setup_of_fresh

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(
    layer: Annotated[str | None, typer.Argument(help="Number of the layer.", show_default="the newest")] = None,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
    save: Record = True,
    record_at: RecordAt = None,
    api_key: ApiKey = None,
) -> None:
    """Measure a layer's success metrics: metric, target, measured, pass. Exits with 1 when a target is missed.

    The layer is started like `mystack run` starts it, with data of its own, and called over HTTP from other
    processes. Ratios compare values that were measured in turn in one run, so other load on the machine affects both.
    A running layer 5 records the result.

    Example: mystack bench 1 --json layer1.json
    """
    chosen = find_layer(layer)
    module = f"mystack.bench.layer{chosen.number}"
    if not importlib.util.find_spec(module):
        raise Refusal(f"there are no measurements for layer {chosen.number}")
    recorder = place(save, record_at)
    require_dependencies(chosen)
    stop_on_signals()
    machine = this_machine()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="mystack-bench-") as scratch, console.status("measuring") as status:
        measuring = importlib.import_module(module)
        metrics = measuring.measure(chosen, Path(scratch), status.update)
    report = Report(f"Layer {chosen.number}", machine, metrics)
    report.show(console, output)
    for name, text in measuring.sections(report).items() if hasattr(measuring, "sections") else ():
        write_section(name, text, measuring.PAGE)
    if recorder:
        run = run_of(report, setup_of_fresh(chosen), program())
        record(console, recorder, api_key, f"bench-layer{chosen.number}", run)
    if report.missed:
        raise typer.Exit(MISSED)


def program() -> dict[str, str]:
    """What is measured with: these modules make the documents, the questions and the load."""
    modules = sorted(Path(__file__).parent.rglob("*.py"))
    return {"name": "mystack/bench", "sha256": sha256(b"\0".join(each.read_bytes() for each in modules)).hexdigest()}
