"""The command `mystack bench-start`."""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mystack.bench.page import PAGE, write_section
from mystack.bench.start_watch import STAGES, watched
from mystack.child import stop_on_signals
from mystack.fresh import GIVEN, KEPT
from mystack.metrics import Metric, Report, this_machine
from mystack.project import ROOT, Refusal, find_layer
from mystack.server import listen

KEPT_PREFIXES = ("PIP_", "TORCH_INDEX_URL", "SSL_")
COLUMNS = ("first start", "second start")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("bench-start")
def bench_start(
    layer: Annotated[str | None, typer.Argument(help="Number of the layer.", show_default="the newest")] = None,
    pip_cache: Annotated[bool, typer.Option(help="Let pip use its cache.")] = True,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
    page: Annotated[Path, typer.Option(help="The page whose section `start` is replaced.")] = PAGE,
) -> None:
    """Time the start of a fresh clone until its first cited answer, and the second start.

    The last commit is cloned without environment and data; then `make run` starts it, and one document is uploaded
    and asked about. The time of pip depends on the network and on its cache.

    Example: mystack bench-start 3 --json start.json
    """
    chosen = find_layer(layer)
    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    machine = this_machine()
    with tempfile.TemporaryDirectory(prefix="mystack-start-") as scratch:
        clone = cloned(Path(scratch) / "clone")
        environment = fresh_environment() | ({} if pip_cache else {"PIP_NO_CACHE_DIR": "1"})
        starts = []
        for name in COLUMNS:
            console.print(f"{name} …", markup=False)
            starts.append(start(clone, chosen.number, environment))
    metrics = [Metric(stage, [times[stage] for times in starts], unit="s", digits=1) for stage in STAGES]
    metrics.append(Metric("total", [sum(times.values()) for times in starts], unit="s", digits=1))
    report = Report(f"Layer {chosen.number}: from `make run` to an answer", machine, metrics, COLUMNS)
    report.show(console, output)
    write_section("start", section(report, chosen.number, pip_cache), page)


def cloned(folder: Path) -> Path:
    """A clone of the last commit."""
    command = ["git", "clone", "-q", "--depth", "1", f"file://{ROOT}", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refusal(f"this repository cannot be cloned: {done.stderr.strip()}")
    return folder


def fresh_environment() -> dict[str, str]:
    """The variables that the machine and pip need, without personal settings."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    kept.pop("PYTHONPATH", None)
    return kept | GIVEN


def start(clone: Path, layer: int, environment: Mapping[str, str]) -> Mapping[str, float]:
    """Seconds of each stage of one start, until its first answer."""
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    command = ["make", "run", f"LAYER={layer}", f"PORT={port}"]
    return watched(command, clone, environment, f"http://127.0.0.1:{port}")


def section(report: Report, layer: int, pip_cache: bool) -> str:
    """The section as Markdown."""
    lines = [
        f"Layer {layer}, pip {'with' if pip_cache else 'without'} its cache. {report.machine}.",
        "",
        f"| seconds | {' | '.join(report.columns)} |",
        "|---" * (len(report.columns) + 1) + "|",
    ]
    for metric in report.metrics:
        lines.append(f"| {metric.name} | {' | '.join(f'{value:,.1f}' for value in metric.measured)} |")
    return "\n".join(lines)
