"""The command `mystack eval compare`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console
from rich.table import Table

from mystack.client import LOCAL, ApiKey, Url, answered, connected
from mystack.evaluate.paired import Paired, paired
from mystack.recording import PAGE, found_run

SHOWN = 20
WORTH_NOTING = 0.05
SAID = ("version", "commit", "model", "embedding_space", "prompt")

RunArgument = Annotated[str, typer.Argument(help="The id of a run, its beginning, or `champion`.", show_default=False)]


def compare(
    first: RunArgument,
    second: RunArgument,
    url: Url = LOCAL,
    api_key: ApiKey = None,
    shown: Annotated[int, typer.Option("--questions", help="Changed questions to show per score.", min=0)] = SHOWN,
) -> None:
    """Compare two recorded runs question by question: what got better and worse from the first to the second.

    A few changed questions may be chance: p is that of the exact sign test over the questions that changed, and the
    interval holds the mean difference with 95 % confidence. Many scores are tested, so a single small p is weak.

    Examples:

        mystack eval compare champion 3f2a91c0

        mystack eval compare 0b6d1a52 3f2a91c0 --questions 100
    """
    console = Console(highlight=False, soft_wrap=True)
    with connected(url, api_key) as http:
        one, other = found_run(http, first), found_run(http, second)
        scores = paired(results(http, one["id"]), results(http, other["id"]))
    for line in differences(one, other):
        console.print(line, markup=False)
    console.print(metrics_table(one, other))
    for score in scores:
        for line in told(score, shown):
            console.print(line, markup=False)
    if not scores:
        console.print("The runs have no question in common.")


def results(http: httpx2.Client, run_id: str) -> list[dict[str, Any]]:
    """All results of a run."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        params: dict[str, Any] = {"limit": PAGE, "cursor": cursor}
        page = answered(http.get(f"/experiments/runs/{run_id}/results", params=params)).json()
        found += page["results"]
        cursor = page["next_cursor"]
    return found


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """What differs in what was measured."""
    yield f"{one['id'][:8]} ({one['created_at'][:16]}) → {other['id'][:8]} ({other['created_at'][:16]})"
    if one["data"] != other["data"]:
        yield "The runs are over different data: only questions that both have are compared."
    before = {**one["settings"], **{name: one[name] for name in SAID}}
    after = {**other["settings"], **{name: other[name] for name in SAID}}
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name) and not name.startswith("machine_"):
            yield f"  {name}: {before.get(name)!r} → {after.get(name)!r}"


def metrics_table(one: Mapping[str, Any], other: Mapping[str, Any]) -> Table:
    """The metrics that both runs have."""
    table = Table("metric", title_justify="left")
    for title in ("first", "second", "difference"):
        table.add_column(title, justify="right")
    after = {metric["name"]: metric["value"] for metric in other["metrics"]}
    for metric in one["metrics"]:
        if (value := after.get(metric["name"])) is not None:
            change = value - metric["value"]
            table.add_row(
                metric["name"], f"{metric['value']:,.3f}", f"{value:,.3f}", f"{change:+,.3f}" if change else ""
            )
    return table


def told(score: Paired, shown: int) -> Sequence[str]:
    """`R@5, hybrid: 3 better, 1 worse, 90 equal; …`, and the questions that changed."""
    better, worse = score.better, score.worse
    equal = len(score.differences) - len(score.changes)
    if not score.changes:
        return [f"{score.score}: all {equal} equal"]
    low, high = score.interval
    chance = "" if score.p < WORTH_NOTING else ", may be chance"
    split = f"{len(better)} better, {len(worse)} worse, {equal} equal"
    head = f"{score.score}: {split}; difference {low:+.3f} to {high:+.3f}, p = {score.p:.2g}{chance}"
    lines = [f"  + {change.question} ({change.before:g} → {change.after:g})" for change in better[:shown]]
    lines += [f"  - {change.question} ({change.before:g} → {change.after:g})" for change in worse[:shown]]
    hidden = max(len(better) - shown, 0) + max(len(worse) - shown, 0)
    return [head, *lines, *([f"  … {hidden} more"] if hidden else [])]
