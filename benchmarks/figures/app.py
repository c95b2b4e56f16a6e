"""The command: ask for figures of three quarterly reports, and count where they are found."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from benchmarks.figures.questions import FigureQuestion, documents, questions
from mystack.child import stop_on_signals
from mystack.client import ApiKey
from mystack.evaluate.app import layer_at
from mystack.evaluate.library import Library
from mystack.metrics import MISSED, Metric, Report, Target, this_machine

IN_HITS, IN_QUOTES = Target("≥", 0.8), Target("≥", 0.6)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Found:
    """Where the figure of a question was found: in the first five hits, in the quotes of the answer."""

    question: FigureQuestion
    hits: bool
    quotes: bool


@app.command()
def figures(
    folder: Annotated[Path, typer.Argument(help="Folder with the three reports.", show_default=False)],
    url: Annotated[str | None, typer.Option(help="URL of a running layer.", show_default="a layer is started")] = None,
    api_key: ApiKey = None,
    layer: Annotated[str | None, typer.Option(help="Number of the layer to start.", show_default="the newest")] = None,
    misses: Annotated[bool, typer.Option("--misses", help="Also list the figures that were not quoted.")] = False,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
) -> None:
    """Ask 60 questions about tables of three quarterly reports (10-Q), whose answers are figures.

    The reports are not part of this repository: `2022 Q3 AAPL.pdf`, `2023 Q1 NVDA.pdf` and `2023 Q2 AMZN.pdf` of the
    data set docugami/KG-RAG-datasets. Exits with 1 when a target is missed.

    Example: python -m benchmarks.figures ~/reports
    """
    stop_on_signals()
    asked, machine = questions(), this_machine()
    given = documents(folder, asked)
    console = Console(highlight=False)
    with layer_at(url, api_key, layer) as client:
        library = Library(client, shared=url is not None)
        try:
            for document in track(given, "Upload reports", console=console):
                library.upload(document)
            found = [answered(library, question) for question in track(asked, "Ask questions", console=console)]
        finally:
            library.clear()
    if misses:
        for one in found:
            if not one.quotes:
                console.print(f"{'in the hits' if one.hits else 'missed':<12} {one.question.text}", markup=False)
    report = Report(f"{len(asked)} figures of {len(given)} reports", machine, metrics(found))
    report.show(console, output)
    if report.missed:
        raise typer.Exit(MISSED)


def answered(library: Library, question: FigureQuestion) -> Found:
    """Search and ask. A figure of another report does not count."""
    hits = [hit.text for hit in library.search(question.text, "hybrid") if hit.document == question.document]
    reply = library.chat(question.text)
    quotes = [quote.text for quote in reply.cited.values() if quote.document == question.document]
    return Found(question, any(map(question.answered_by, hits)), any(map(question.answered_by, quotes)))


def metrics(found: Sequence[Found]) -> list[Metric]:
    """The shares of the figures that were found."""
    hits, quotes = (sum(one) / len(found) for one in ([f.hits for f in found], [f.quotes for f in found]))
    return [
        Metric("The figure is in the first five hits", [hits], IN_HITS),
        Metric("The figure is in the quotes", [quotes], IN_QUOTES),
    ]
