"""Records a run of `mystack eval` or `mystack bench` in a running layer, over HTTP."""

import math
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console

from mystack.client import LOCAL, answered, client, explain
from mystack.fresh import GIVEN, fresh_server
from mystack.metrics import Report
from mystack.project import ROOT, Layer, Refusal

FIRST_LAYER = 5
SECONDS = 60.0
MOST_RESULTS = 20_000
"""Of a run."""
CHAMPION = "champion"
PAGE = 200

Record = Annotated[bool, typer.Option("--record/--no-record", help="Record the run in a running layer.")]
RecordAt = Annotated[
    str | None,
    typer.Option(
        envvar="MYSTACK_URL", help="URL of the layer that records the run.", show_default=f"--url, else {LOCAL}"
    ),
]


def setup_of(measured: httpx2.Client) -> dict[str, Any]:
    """What a layer says of itself: settings, embedding space, prompt, model; of an older layer the version alone."""
    answer = measured.get("/experiments/setup")
    if answer.is_success:
        return dict(answer.json())
    health = measured.get("/health")
    return {"version": health.json()["version"] if health.is_success else "unknown"}


def setup_of_fresh(layer: Layer) -> dict[str, Any]:
    """The same of a layer that is started for it, since the one that was measured has ended."""
    if layer.number < FIRST_LAYER:
        return {"version": f"{layer.number}.0.0", "settings": {name.lower(): value for name, value in GIVEN.items()}}
    with fresh_server(layer) as server, client(server.url, None) as http:
        return setup_of(http)


def run_of(report: Report, setup: Mapping[str, Any], data: object, results: Sequence[object] = ()) -> dict[str, Any]:
    """The body of a request that records a run."""
    machine = {f"machine_{name}": value for name, value in asdict(report.machine).items()}
    return {
        **setup,
        "settings": {**setup.get("settings", {}), **machine},
        "commit": commit(),
        "data": data,
        "metrics": list(_metrics(report)),
        "results": list(results),
    }


def place(save: bool, given: str | None, url: str | None = None) -> str | None:
    """Where to record: the given URL, that of the measured layer, or the usual one. Refuses what is not a URL."""
    if not save:
        return None
    chosen = given or url or LOCAL
    with client(chosen, None):
        return chosen


def record(console: Console, url: str, api_key: str | None, experiment: str, run: Mapping[str, Any]) -> bool:
    """Record a run, or say why not: the measurement counts all the same."""
    try:
        with client(url, api_key) as http:
            answer = http.post(f"/experiments/{experiment}/runs", json=run, timeout=SECONDS)
        if answer.status_code == httpx2.codes.CREATED:
            console.print(
                f"Recorded at {url} as run {answer.json()['id']} of {experiment}.", markup=False, soft_wrap=True
            )
            return True
        reason = _refusal(url, answer)
    except httpx2.ConnectError:
        reason = f"no server answers at {url}; `make run` starts one, and --record-at names another"
    except httpx2.HTTPError as error:
        reason = f"the connection to {url} broke ({error or type(error).__name__}); the run may be there all the same"
    console.print(f"Not recorded: {reason}.", markup=False, soft_wrap=True)
    return False


def _refusal(url: str, answer: httpx2.Response) -> str:
    """Why a server did not record a run."""
    match answer.status_code:
        case httpx2.codes.NOT_FOUND | httpx2.codes.METHOD_NOT_ALLOWED:
            return f"the layer at {url} keeps no runs; layer {FIRST_LAYER} does"
        case httpx2.codes.UNAUTHORIZED:
            return f"the server at {url} requires its API key: give it by --api-key or as API_KEY"
        case _ if answer.is_success:
            return f"the server at {url} is not MyStack; --record-at names another"
    return explain(answer).rstrip(".")


def commit() -> str | None:
    """The commit of this checkout, with a mark if files were changed; None in a download without git."""
    try:
        head = _git("rev-parse", "HEAD")
        return f"{head[:12]}{'+changes' if _git('status', '--porcelain') else ''}"
    except (OSError, subprocess.CalledProcessError):
        return None


def found_run(http: httpx2.Client, given: str) -> dict[str, Any]:
    """The champion's run, or the one with this id, or the latest one whose id begins so. Refuses none and several."""
    if given == CHAMPION:
        versions = answered(http.get("/experiments/registry")).json()["versions"]
        if not versions:
            raise Refusal("there is no champion yet: `mystack promote RUN` makes the first")
        return dict(answered(http.get(f"/experiments/runs/{versions[0]['run_id']}")).json())
    runs = [run for run in latest_runs(http) if run["id"].startswith(given.lower())]
    if len(runs) == 1:
        return runs[0]
    answer = http.get(f"/experiments/runs/{given}")
    if not answer.is_success:
        raise Refusal(f"{len(runs) or 'no'} runs begin with {given}: GET /experiments/eval/runs lists their ids")
    return dict(answer.json())


def latest_runs(http: httpx2.Client) -> list[dict[str, Any]]:
    """The latest runs of each experiment."""
    names = [each["name"] for each in answered(http.get("/experiments", params={"limit": PAGE})).json()["experiments"]]
    pages = [answered(http.get(f"/experiments/{name}/runs", params={"limit": PAGE})).json()["runs"] for name in names]
    return [run for page in pages for run in page]


def _metrics(report: Report) -> Any:
    """Each value as a metric of its own; those of the first column have the name alone."""
    for metric in report.metrics:
        for number, (column, value) in enumerate(zip(report.columns, metric.measured, strict=True)):
            if math.isfinite(value):
                name = f"{metric.name} ({column})" if number else metric.name
                yield {"name": name, "value": value, "unit": metric.unit, "passed": metric.passed}


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
