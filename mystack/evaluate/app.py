"""The command `mystack eval`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import httpx2
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mystack.child import stop_on_signals
from mystack.client import LOCAL, ApiKey, connected
from mystack.evaluate.claims import checker, claim_metrics, cost, own_pairs, right, squad_pairs
from mystack.evaluate.compare import compare
from mystack.evaluate.feedback import GOLDEN_FEEDBACK, collect, read_collected
from mystack.evaluate.library import Library
from mystack.evaluate.misses import LANGUAGES, miss_metrics
from mystack.evaluate.per_question import data_of, data_of_pairs, results_of, results_of_pairs
from mystack.evaluate.questions import QuestionSet, read_golden, read_squad
from mystack.evaluate.rephrased import KINDS, rephrased_metrics
from mystack.evaluate.reports import golden_metrics, squad_metrics, squad_parts
from mystack.evaluate.scoring import Outcome
from mystack.evaluate.stages import Stages
from mystack.fresh import fresh_server
from mystack.metrics import MISSED, Metric, Report, Target, this_machine
from mystack.project import Layer, Refusal, find_layer
from mystack.recording import Record, RecordAt, place, record, run_of, setup_of

GOLDEN_SET = "the golden set"
"""The name of its data in a run."""

app = typer.Typer(invoke_without_command=True, add_completion=False, pretty_exceptions_enable=False)
app.command("compare")(compare)


@app.callback()
def evaluate(
    context: typer.Context,
    squad: Annotated[
        Path | None, typer.Option(help="Articles and questions in SQuAD's format.", show_default="the golden set")
    ] = None,
    url: Annotated[str | None, typer.Option(help="URL of a running layer.", show_default="a layer is started")] = None,
    api_key: ApiKey = None,
    layer: Annotated[str | None, typer.Option(help="Number of the layer to start.", show_default="the newest")] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the report to this file.")] = None,
    golden: Annotated[
        Path | None, typer.Option(help="Questions that --from-feedback wrote.", show_default="the golden set")
    ] = None,
    from_feedback: Annotated[
        bool, typer.Option("--from-feedback", help="Measure nothing; write questions of corrected answers.")
    ] = False,
    save: Record = True,
    record_at: RecordAt = None,
) -> None:
    """Measure retrieval, quotes, citations and refusals of a layer: metric, target, measured, pass.

    A layer is started with empty stores and the deterministic extractive answerer. With --url a running layer is
    measured: questions are limited to the documents of the evaluation, which are deleted at the end.

    Without --squad the questions are the golden set: about this project's own guides, including some that the guides
    do not answer. With --squad each article becomes a document. Every question is asked with all articles stored, and
    with each half of them; the layer should refuse it when its article is in the other half.

    With the golden set, questions in four languages about documents of our own are asked too, and near misses: their
    subject is there, their answer is not. So are questions about the guides that do not use their words: paraphrases,
    two-hop questions and acronyms.

    Then sentences with known support are checked against passages, as the sentences of a model's answer are: a set
    written by hand or, with --squad, thousands that are made from its articles. Not with --url or --golden.

    With --from-feedback, the answers that people corrected in a running layer (5 or later) become golden questions, in
    the file of --golden or in golden_feedback.json, with the texts of their documents in a folder of that name.

    A running layer 5 records the questions as a run of `eval` and the sentences as one of `claims`, each with all
    scores; `mystack eval compare` compares two runs.

    Exit status: 0 if every target is met, 1 if not, 2 if nothing could be measured.

    Examples:

        mystack eval

        mystack eval --squad dev-v1.1.json --json report.json

        mystack eval --url http://127.0.0.1:8000

        mystack eval --from-feedback

        mystack eval --golden golden_feedback.json
    """
    if context.invoked_subcommand:
        return
    stop_on_signals()
    console = Console(highlight=False)
    if squad and (golden or from_feedback):
        raise Refusal("--squad names its own questions: leave out --golden and --from-feedback")
    if from_feedback:
        collect(golden or GOLDEN_FEEDBACK, url or LOCAL, api_key, console)
        return
    question_set, recorder = questions_of(squad, golden), place(save, record_at, url)
    machine = this_machine()
    try:
        with layer_at(url, api_key, layer) as client:
            setup = setup_of(client)
            library = Library(client, shared=url is not None)
            columns, metrics, outcomes = measured(library, question_set, console, halves=squad is not None)
            own = (
                [*misses_measured(library, console), *rephrased_measured(library, console)]
                if not (squad or golden)
                else []
            )
        claims = claims_measured(find_layer(layer), squad, console) if not (url or golden) else None
    except httpx2.TransportError as error:
        raise Refusal(f"the connection to the layer broke: {error or type(error).__name__}") from error
    except KeyboardInterrupt:
        console.print("\nStopped.")
        raise
    title = f"{len(question_set.questions)} questions about {len(question_set.documents)} documents"
    report = Report(title, machine, [*metrics, *own, *(claims.metrics if claims else [])], columns)
    report.show(console, json)
    if recorder:
        data = data_of(golden.name if golden else squad.name if squad else GOLDEN_SET, question_set)
        run = run_of(report, setup, data, list(results_of(outcomes)))
        recorded = record(console, recorder, api_key, "eval", run)
        if claims and recorded:
            run = run_of(replace(report, metrics=claims.metrics), setup, claims.data, claims.results)
            record(console, recorder, api_key, "claims", run)
    if report.missed:
        raise typer.Exit(MISSED)


def questions_of(squad: Path | None, golden: Path | None) -> QuestionSet:
    """Those of a file, or the golden set."""
    if squad:
        return read_squad(squad)
    return read_collected(golden) if golden else read_golden()


@contextmanager
def layer_at(url: str | None, api_key: str | None, number: str | None) -> Iterator[httpx2.Client]:
    """A client of the layer at `url`, or of a fresh one."""
    with ExitStack() as stack:
        if url is None:
            url, api_key = stack.enter_context(fresh_server(find_layer(number))).url, None
        yield stack.enter_context(connected(url, api_key))


@dataclass(frozen=True)
class Claims:
    """What was measured with sentences; `results` has the scores of each."""

    metrics: Sequence[Metric]
    data: Mapping[str, str]
    results: Sequence[object]


def claims_measured(layer: Layer, squad: Path | None, console: Console) -> Claims:
    """Which sentences the layer takes for supported, and the time that the check of an answer takes."""
    found = squad_pairs(squad) if squad else own_pairs()
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with checker(layer) as check, Progress(*columns, console=console) as progress:
        milliseconds = cost(found, check)  # first, while no vector is cached
        task = progress.add_task("Check sentences", total=len(found))
        results = right(found, check, lambda: progress.advance(task))
    metrics = claim_metrics(found, results, halves=squad is not None)
    parts = len(metrics[0].measured)
    time = Metric("Check of an answer of ten sentences", [milliseconds] * parts, Target("<", 60), "ms", digits=1)
    data = data_of_pairs(f"sentences of {squad.name if squad else GOLDEN_SET}", found)
    return Claims([*metrics, time], data, list(results_of_pairs(found, results)))


def misses_measured(library: Library, console: Console) -> list[Metric]:
    """How many near, far and unknown subjects are refused, by language."""
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Ask in four languages", total=len(LANGUAGES))
        return miss_metrics(library, lambda: progress.advance(task))


def rephrased_measured(library: Library, console: Console) -> list[Metric]:
    """How many questions that do not use the guides' words are answered, by kind."""
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Ask in other words", total=len(KINDS))
        return rephrased_metrics(library, lambda: progress.advance(task))


def measured(
    library: Library, question_set: QuestionSet, console: Console, *, halves: bool
) -> tuple[Sequence[str], Sequence[Metric], Sequence[Outcome]]:
    """The columns and metrics of the report, and its outcomes; removes the evaluation's documents from the layer."""
    title = TextColumn("{task.description:<24}")
    columns = (title, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        stages = Stages(library, progress)
        try:
            outcomes = stages.halves(question_set) if halves else stages.whole(question_set)
        finally:
            library.clear()
    if not halves:
        return ["measured"], golden_metrics(outcomes, library.texts), outcomes
    parts = squad_parts(question_set, outcomes)
    return list(parts), squad_metrics(parts, library.texts), outcomes
