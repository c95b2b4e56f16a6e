"""The command: how well articles are found while thousands of chunks of other text are stored beside them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import httpx2
import typer
from rich.console import Console
from rich.status import Status

from mystack.child import stop_on_signals
from mystack.evaluate.app import layer_at
from mystack.evaluate.library import Library, Passage
from mystack.evaluate.questions import Question, read_squad
from mystack.evaluate.scoring import holds
from mystack.ingest import find_files, upload_file
from mystack.metrics import MISSED, Metric, Report, Target, this_machine
from mystack.pool import map_threads
from mystack.project import Refusal

SIZES = (5_000, 20_000)
AT_ONCE = 2
"""Files that are uploaded at the same time; after them, the chunks are counted."""
FIRST = Target("≥", 0.93)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def crowd(
    squad: Annotated[Path, typer.Argument(help="Articles and questions in SQuAD's format.", show_default=False)],
    folder: Annotated[Path, typer.Argument(help="Other documents, in text or any format.", show_default=False)],
    chunks: Annotated[
        list[int] | None,
        typer.Option(help="Foreign chunks to store; more than once for steps.", show_default="5000, 20000"),
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Number of the layer to start.", show_default="the newest")] = None,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
) -> None:
    """Search for the answers of `squad` alone, and again beside more and more chunks of the documents in `folder`.

    The folder has to be large enough; its documents are taken in the order of their names. Exits with 1 when a target
    is missed.

    Example: python -m benchmarks.crowd xquad_en.json ~/novels --chunks 20000
    """
    stop_on_signals()
    asked, machine, sizes = read_squad(squad), this_machine(), sorted(chunks or SIZES)
    console = Console(highlight=False)
    files = find_files([folder], recursive=True)
    with layer_at(None, None, layer) as client, console.status("uploading the articles") as status:
        library = Library(client, shared=False)
        for document in asked.documents:
            library.upload(document)
        metrics: list[Metric] = []
        for metric in measured(client, library, asked.questions, files, sizes, status):
            console.print(f"{metric.name}: {metric.measured[0]:.3f}")  # at once, because the next step takes minutes
            metrics.append(metric)
    report = Report(f"{len(asked.questions)} questions beside other text", machine, metrics)
    report.show(console, output)
    if report.missed:
        raise typer.Exit(MISSED)


def measured(
    client: httpx2.Client,
    library: Library,
    questions: Sequence[Question],
    files: Sequence[Path],
    sizes: Sequence[int],
    status: Status,
) -> Iterator[Metric]:
    """R@1 and R@5 with the articles alone, and at each number of foreign chunks."""
    stored, left = 0, list(files)
    for size in (0, *sizes):
        while stored < size:
            some, left = left[:AT_ONCE], left[AT_ONCE:]
            if not some:
                raise Refusal(f"the folder has only {stored:,} chunks, not {size:,}")
            stored += _uploaded(client, some)
            status.update(f"{stored:,} of {size:,} chunks of other text are stored")
        status.update(f"searching beside {stored:,} chunks of other text")
        yield from recalls(library, questions, stored)


def recalls(library: Library, questions: Sequence[Question], stored: int) -> Iterator[Metric]:
    """The shares of questions whose answer is in the first hit and in the first five."""
    found = [library.search(question.text, "hybrid") for question in questions]
    for depth, target in ((1, FIRST), (5, None)):
        yield Metric(f"R@{depth} beside {stored:,} chunks", [_recall(questions, found, depth)], target)


def _recall(questions: Sequence[Question], found: Sequence[Sequence[Passage]], depth: int) -> float:
    right = [any(holds(hit, question) for hit in hits[:depth]) for question, hits in zip(questions, found, strict=True)]
    return sum(right) / len(right)


def _uploaded(client: httpx2.Client, files: Sequence[Path]) -> int:
    """The number of chunks of these files. Refuses a file that the layer does not read."""
    uploads = list(map_threads(AT_ONCE, lambda file: upload_file(client, file), files))
    for upload in uploads:
        if upload.outcome == "failed":
            raise Refusal(f"{upload.path} was not stored: {upload.reason}")
    return sum(upload.chunks for upload in uploads)
