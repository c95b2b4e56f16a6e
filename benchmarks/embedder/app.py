"""The command: measure, print the table, and write the section of docs/benchmarks.md."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.embedder.measure import DEFAULT, ROUNDS, measure
from benchmarks.embedder.worker import BACKENDS
from mystack.bench.page import PAGE, write_section
from mystack.child import stop_on_signals
from mystack.evaluate.questions import QuestionSet, read_squad
from mystack.installed import require_dependencies
from mystack.metrics import MISSED, Machine, Metric, Report, this_machine
from mystack.project import find_layer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def embedder(
    squad: Annotated[Path, typer.Argument(help="Articles and questions in SQuAD's format.", show_default=False)],
    output: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
    page: Annotated[Path, typer.Option(help="The page whose section `embedder` is replaced.")] = PAGE,
) -> None:
    """Compare embedding backends: speed, and how well the nearest paragraph answers a question.

    The baseline is `SentenceTransformer.encode` with its defaults. Exits with 1 when the default backend misses a
    target.

    Example: make bench-embedder SQUAD=xquad.en.json
    """
    layer = find_layer()
    require_dependencies(layer)
    stop_on_signals()
    question_set = read_squad(squad)
    machine = this_machine()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="mystack-embedder-") as scratch, console.status("measuring") as status:
        compared, promised = measure(layer, question_set, Path(scratch), status.update)
    console.print(table(compared))
    write_section("embedder", section(compared, question_set, machine), page)
    report = Report(f"{DEFAULT}, the default", machine, promised)
    report.show(console, output)
    if report.missed:
        raise typer.Exit(MISSED)


def rows(compared: Sequence[Metric]) -> Iterator[list[str]]:
    """The cells of each backend's row."""
    for number, name in enumerate(BACKENDS):
        yield [name, *(metric.written(metric.measured[number]) for metric in compared)]


def table(compared: Sequence[Metric]) -> Table:
    """One row per backend. Cosines are to the vectors of the exact backend."""
    shown = Table(title="\nBackends", title_justify="left", padding=(0, 0))
    shown.add_column("backend", no_wrap=True)
    for metric in compared:
        shown.add_column(metric.name, justify="right")
    for row in rows(compared):
        shown.add_row(*row)
    return shown


def section(compared: Sequence[Metric], question_set: QuestionSet, machine: Machine) -> str:
    """The section as Markdown."""
    lines = [
        f"{len(question_set.documents)} articles, {len(question_set.questions)} questions; medians of {ROUNDS - 1} "
        f"rounds in which the backends take turns. {machine}.",
        "",
        f"| backend | {' | '.join(metric.name for metric in compared)} |",
        "|---" * (len(compared) + 1) + "|",
        *(f"| {' | '.join(row)} |" for row in rows(compared)),
    ]
    return "\n".join(lines)
