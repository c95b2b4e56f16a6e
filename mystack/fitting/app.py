"""The command `mystack fit`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from mystack.child import stop_on_signals
from mystack.fitting.rules import Fitted, fitted, share, written
from mystack.fitting.samples import Article, Label, Sample, count, described, golden_articles, read_articles, samples
from mystack.installed import require_dependencies
from mystack.metrics import Metric, Report, this_machine
from mystack.project import Layer, Refusal, find_layer

BORN_IN = "2"
"""The layer that holds the files; `mystack layers sync` carries them on."""
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
GOLDEN_SET = "the golden set"
FOLDER = "api/services/rag/answerability/fitted"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("fit")
def fit(
    squad: Annotated[list[Path], typer.Argument(help="Articles and questions in SQuAD's format.", show_default=False)],
    model: Annotated[str, typer.Option(help="Name of the embedding model.")] = MODEL,
    path: Annotated[Path | None, typer.Option(help="Folder of the model, if it is not found by name.")] = None,
    golden: Annotated[bool, typer.Option("--golden", help="Also fit the golden set of `mystack eval`.")] = False,
    answered: Annotated[float, typer.Option(help="Share of answerable questions to be answered.")] = 0.95,
    output: Annotated[
        Path | None, typer.Option(help="The file to write.", show_default="layer 2's file of the model")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Measure, and write nothing.")] = False,
) -> None:
    """Fit the rules by which answers are refused to an embedding model, from questions with known answers.

    Every question is asked three times: with all articles stored; without its own article (a far miss); and without
    the one paragraph that answers it (a near miss). The rules are fitted on every second article, beginning with the
    first, and the report shows what they do on these and on the others.

    Several files are fitted together, such as one for each language, and each counts the same; a language other than
    English gets a weight of its own, at which as many far misses are refused as questions are answered. Questions that
    a file of SQuAD 2.0 marks as impossible are near misses too. A rule for which the files have no questions is kept as
    it is. Afterwards carry the file to the later layers: `mystack layers sync`.

    Examples:

        mystack fit dev-v1.1.json --dry-run

        mystack fit dev-v1.1.json mystack/evaluate/misses/en.json --golden

        mystack fit dev-v1.1.json --model intfloat/multilingual-e5-small
    """
    stop_on_signals()
    console, machine, layer = Console(highlight=False), this_machine(), find_layer(BORN_IN)
    require_dependencies(layer)
    file = output or layer.folder / FOLDER / f"{model.lower().rpartition('/')[2]}.json"
    settings = {"EMBEDDING_MODEL": model} | ({"EMBEDDING_PATH": str(path.expanduser().resolve())} if path else {})
    files = {each.name: read_articles(each) for each in squad} | ({GOLDEN_SET: golden_articles()} if golden else {})
    found = [one for name, data in files.items() for one in measured(layer, settings, data, name, console)]
    rules = fitted(found, answered)
    if not rules:
        raise Refusal("the files have no questions that are answerable and no near or far misses")
    for name, rule in rules.items():
        Report(f"Rule {name} of {model}", machine, metrics(rule, found, name), ("fitted on", "held out")).show(console)
    if not dry_run:
        file.write_text(written(file, model, list(files), rules), encoding="utf-8")
        console.print(f"Wrote {file}")


def measured(
    layer: Layer, settings: Mapping[str, str], articles: Sequence[Article], name: str, console: Console
) -> list[Sample]:
    """The samples of one file."""
    with described(layer, settings) as ask:
        return list(track(samples(name, articles, ask), f"Ask {name}", count(articles), console=console))


def metrics(rule: Fitted, found: Sequence[Sample], name: str) -> list[Metric]:
    """What the rule does with the questions it judges, by file and on either half."""
    lines: Mapping[Label, str] = {
        "answerable": "answerable questions answered",
        "near": "near misses refused",
        "far": "far misses refused",
        "name": "unknown names refused",
    }
    judged = [one for one in found if one.rule == name]
    sources = dict.fromkeys(one.source for one in judged)
    return [
        metric
        for source in sources
        for label, title in lines.items()
        if (
            metric := _metric(rule, f"{source}: {title}", [o for o in judged if (o.source, o.label) == (source, label)])
        )
    ]


def _metric(rule: Fitted, title: str, found: Sequence[Sample]) -> Metric | None:
    halves = [[one for one in found if one.article % 2 == half] for half in (0, 1)]
    name = f"{title} ({', '.join(str(len(half)) for half in halves)})"
    return Metric(name, [share(rule, half) for half in halves]) if found else None
