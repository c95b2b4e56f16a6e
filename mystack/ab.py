"""The command `mystack ab`."""

import json
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer

from mystack.client import LOCAL, ApiKey, Url, answered, connected
from mystack.project import Refusal

PATH = "/models/ab-test"
A = "champion"
HORIZON = 6_000
GUARDRAILS = "latency_p95_ms, refusal_rate, unsupported_rate, cost_per_answer"
Id = Annotated[str, typer.Argument(help="The id of an A/B test, or its beginning.", show_default=False)]
File = Annotated[
    Path | None,
    typer.Argument(help="A JSON or TOML file with the body of POST /models/ab-test.", show_default=False),
]
SmallestDifference = Annotated[
    float | None, typer.Option(help="The difference of the rates that matters.", min=0.001, max=1, show_default="0.05")
]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def ab() -> None:
    """Compare two ways to answer in a running layer (5 or later), by what people say of the answers."""


@app.command("list")
def list_tests(url: Url = LOCAL, api_key: ApiKey = None) -> None:
    """List the A/B tests, newest first.

    Example:

        mystack ab list
    """
    with connected(url, api_key) as http:
        for test in _tests(http):
            sys.stdout.write(_line(test) + "\n")


@app.command("start")
def start(
    file: File = None,
    name: Annotated[str | None, typer.Option(help="What it is called.", show_default=False)] = None,
    model: Annotated[str | None, typer.Option(help="The model of B.", show_default=False)] = None,
    system_prompt: Annotated[str | None, typer.Option(help="The system prompt of B.", show_default=False)] = None,
    top_k: Annotated[int | None, typer.Option(help="Sources that B gets.", show_default=False)] = None,
    sparse_weight: Annotated[float | None, typer.Option(help="Weight of words in B.", show_default=False)] = None,
    answer_threshold: Annotated[
        float | None, typer.Option(help="Lowest confidence that B answers.", show_default=False)
    ] = None,
    share: Annotated[
        float, typer.Option(help="Share of conversations that B answers, without a file.", min=0.01, max=0.99)
    ] = 0.5,
    horizon: Annotated[
        int | None, typer.Option(help="Conversations with feedback that end it.", min=1, show_default=str(HORIZON))
    ] = None,
    fixed: Annotated[bool, typer.Option("--fixed", help="Look once, at the horizon, instead of all the time.")] = False,
    guardrail: Annotated[
        list[str] | None, typer.Option(help=f"Stops B if it is worse in one of {GUARDRAILS}; can be repeated.")
    ] = None,
    smallest_difference: SmallestDifference = None,
    url: Url = LOCAL,
    api_key: ApiKey = None,
) -> None:
    """Start an A/B test: A answers as the service is set, B as the options say, or both as a file says.

    Prints first how many conversations with feedback it needs.

    Examples:

        mystack ab start shorter.toml --horizon 8000

        mystack ab start --name "fewer sources" --top-k 3 --guardrail refusal_rate
    """
    overrides = _given(
        model=model,
        system_prompt=system_prompt,
        top_k=top_k,
        sparse_weight=sparse_weight,
        answer_threshold=answer_threshold,
    )
    if (file is None) == (not overrides):
        raise Refusal("give either a file, or an option that B changes, such as --top-k 3")
    body = _read(file) if file else _arms(overrides, share)
    body |= _given(name=name, horizon=horizon, stop="fixed" if fixed else None)
    body |= _given(guardrails=guardrail, smallest_difference=smallest_difference)
    with connected(url, api_key) as http:
        begun = answered(http.post(PATH, json=body)).json()
    said = [_needed(begun["needed"]), begun["needed"]["notice"], _line(begun)]
    sys.stdout.write("\n".join(filter(None, said)) + "\n")


@app.command("show")
def show(
    id: Id,
    smallest_difference: SmallestDifference = None,
    url: Url = LOCAL,
    api_key: ApiKey = None,
) -> None:
    """Show what an A/B test has found until now. Look as often as you like: the numbers hold at every look.

    Example:

        mystack ab show 5b0f6c1e
    """
    with connected(url, api_key) as http:
        path = f"{PATH}/{_found(http, id)['id']}"
        test = answered(http.get(path, params=_given(smallest_difference=smallest_difference))).json()
    sys.stdout.write("\n".join(_report(test)) + "\n")


@app.command("stop")
def stop(
    id: Id,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the test.")] = "stopped by request",
    url: Url = LOCAL,
    api_key: ApiKey = None,
) -> None:
    """Stop an A/B test: the settings of the service answer all conversations again.

    Example:

        mystack ab stop 5b0f6c1e --reason "the model is replaced"
    """
    with connected(url, api_key) as http:
        path = f"{PATH}/{_found(http, id)['id']}"
        stopped = answered(http.patch(path, json={"state": "stopped", "reason": reason})).json()
    sys.stdout.write(_line(stopped) + "\n")


def _tests(http: httpx2.Client) -> list[dict[str, Any]]:
    return list(answered(http.get(PATH)).json()["tests"])


def _found(http: httpx2.Client, id: str) -> dict[str, Any]:
    """The test whose id begins so. Refuses none and several."""
    found = [test for test in _tests(http) if test["id"].startswith(id.lower())]
    if len(found) != 1:
        raise Refusal(f"{len(found) or 'no'} A/B tests begin with {id}: `mystack ab list` shows their ids")
    return found[0]


def _read(path: Path) -> dict[str, Any]:
    """The object in a file. Refuses a file that is none."""
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise Refusal(f"{path} cannot be read as JSON (.json) or TOML: {error}") from error
    if not isinstance(found, dict):
        raise Refusal(f"{path} must hold an object with `name`, `arms` and `horizon`")
    return found


def _given(**options: Any) -> dict[str, Any]:
    """Those that were given."""
    return {name: value for name, value in options.items() if value not in (None, [])}


def _arms(overrides: dict[str, Any], share: float) -> dict[str, Any]:
    """A test of the settings and these overrides, named after them."""
    arms = [{"name": A, "weight": 1 - share}, {"name": "B", "weight": share, "overrides": overrides}]
    return {"name": ", ".join(overrides).replace("_", " "), "arms": arms, "horizon": HORIZON}


def _line(test: dict[str, Any]) -> str:
    """`5b0f6c1e fewer sources: running since 2026-11-28T07:00`, or its verdict and why it was stopped."""
    if test["stopped_at"]:
        return f"{test['id'][:8]} {test['name']}: {test['verdict']}; {test['stopped_reason']}"
    return f"{test['id'][:8]} {test['name']}: running since {test['created_at'][:16]}"


def _report(test: dict[str, Any]) -> list[str]:
    found, lines = test["report"], [_line(test)]
    for letter, arm in zip("AB", found["arms"], strict=True):
        lines.append(f"{letter} {arm['name']}: {_arm(arm)}")
    if difference := found["difference"]:
        value, low, high = (difference[name] for name in ("value", "low", "high"))
        lines.append(f"B - A: {value:+.3f} ({low:+.3f} to {high:+.3f}), always-valid p = {found['p']:.2g}")
    else:
        lines.append("B - A: unknown until both arms have feedback")
    void = ": VOID, something loses answers of one arm" if found["void"] else ""
    lines.append(f"sample ratio: p = {found['sample_ratio_p']:.2g}{void}")
    lines += [_guardrail(state) for state in found["guardrails"]]
    rated = sum(arm["n"] for arm in found["arms"])
    lines += [f"{_needed(test['needed'])}; {rated:,} so far", f"verdict: {found['verdict']}"]
    return lines


def _arm(arm: dict[str, Any]) -> str:
    """`n` is the number that the rate is over: conversations with feedback."""
    counts = f"{arm['conversations']:,} conversations, {arm['answers']:,} answers, n = {arm['n']:,}"
    if arm["rate"] is None:
        return f"{counts}, no feedback"
    return f"{counts}, rate {arm['rate']:.3f}, feedback on {arm['feedback_share']:.1%} of answers"


def _guardrail(state: dict[str, Any]) -> str:
    a, b = ("nothing" if state[arm] is None else f"{state[arm]:.4g}" for arm in ("a", "b"))
    broken = ": BROKEN" if state["broken"] else ""
    return f"guardrail {state['name']}: {b} in B, {a} in A, always-valid p = {state['p']:.2g}{broken}"


def _needed(needed: dict[str, Any]) -> str:
    return (
        f"needed: {needed['conversations']:,} conversations with feedback,"
        f" to find a difference of {needed['difference']:g} at a rate of {needed['rate']:.2f}"
    )
