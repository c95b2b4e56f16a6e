"""The command `mystack fit`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from mystack.child import stop_on_signals
from mystack.fitting.rules import Fitted, fitted, shares, written
from mystack.fitting.samples import Article, Sample, described, read_articles, samples
from mystack.installed import require_dependencies
from mystack.metrics import Metric, Report, this_machine
from mystack.project import Layer, Refusal, find_layer

BORN_IN = "2"
"""The layer that holds the files; `mystack layers sync` carries them on."""
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
FOLDER = "api/services/rag/fitted"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("fit")
def fit(
    squad: Annotated[list[Path], typer.Argument(help="Articles and questions in SQuAD's format.", show_default=False)],
    model: Annotated[str, typer.Option(help="Name of the embedding model.")] = MODEL,
    path: Annotated[Path | None, typer.Option(help="Folder of the model, if it is not found by name.")] = None,
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

    Several files are fitted together, such as one for each language. A rule for which the files have no questions is
    kept as it is. Afterwards carry the file to the later layers: `mystack layers sync`.

    Examples:

        mystack fit dev-v1.1.json --dry-run

        mystack fit dev-v1.1.json --model intfloat/multilingual-e5-small
    """
    stop_on_signals()
    console, machine, layer = Console(highlight=False), this_machine(), find_layer(BORN_IN)
    require_dependencies(layer)
    file = output or layer.folder / FOLDER / f"{model.lower().rpartition('/')[2]}.json"
    settings = {"EMBEDDING_MODEL": model} | ({"EMBEDDING_PATH": str(path.expanduser().resolve())} if path else {})
    found = [one for each in squad for one in measured(layer, settings, read_articles(each), each.name, console)]
    rules = fitted(found, answered)
    if not rules:
        raise Refusal("the files have no questions that are answerable and no near or far misses")
    for name, rule in rules.items():
        Report(f"Rule {name} of {model}", machine, metrics(rule, found, name), ("fitted on", "held out")).show(console)
    if not dry_run:
        file.write_text(written(file, model, [each.name for each in squad], rules), encoding="utf-8")
        console.print(f"Wrote {file}")


def measured(
    layer: Layer, settings: Mapping[str, str], articles: Sequence[Article], name: str, console: Console
) -> list[Sample]:
    """The samples of one file."""
    total = sum(3 * len(one.questions) for article in articles for one in article.paragraphs)
    with described(layer, settings) as ask:
        return list(track(samples(articles, ask), f"Ask {name}", total, console=console))


def metrics(rule: Fitted, found: Sequence[Sample], name: str) -> list[Metric]:
    """What the rule does with the questions it judges, on either half."""
    halves = [[one for one in found if one.rule == name and one.article % 2 == half] for half in (0, 1)]
    lines = {"answerable": "Answerable questions answered", "near": "Near misses refused", "far": "Far misses refused"}
    return [
        Metric(f"{title} ({', '.join(str(sum(one.label == label for one in half)) for half in halves)})", values)
        for label, title in lines.items()
        if (values := [shares(rule, half)[label] for half in halves])
    ]
