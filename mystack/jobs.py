"""The command `mystack jobs`."""

from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

from mystack.client import LOCAL, ApiKey, Url, answered, connected
from mystack.project import Refusal

State = Literal["queued", "running", "done", "failed", "cancelled"]
KINDS = ("ingest", "process", "fetch", "sync", "refresh", "quality")
MOST = 200
Id = Annotated[str, typer.Argument(help="The id of a job.", show_default=False)]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def jobs() -> None:
    """Look at the jobs of a running layer (4 or later), cancel them, or retry them."""


@app.command("list")
def list_jobs(
    state: Annotated[State | None, typer.Option(help="Only jobs in this state.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(help="How many jobs.", min=1, max=MOST)] = 20,
    url: Url = LOCAL,
    api_key: ApiKey = None,
) -> None:
    """List the jobs, newest first.

    Example:

        mystack jobs list --state failed
    """
    with connected(url, api_key) as client:
        asked = {"limit": limit} | ({"state": state} if state else {})
        found = answered(client.get("/jobs", params=asked)).json()["jobs"]
    identity = Column("job", no_wrap=True, min_width=36)  # it is what `cancel` and `retry` need
    table = Table(identity, "kind", "state", "progress", "document or task", "error", box=None, highlight=False)
    for job in found:
        error = job["error"]["detail"] if job["error"] else ""
        table.add_row(job["id"], job["kind"], _state(job), f"{job['progress']:.0%}", job["filename"], error)
    Console(highlight=False).print(table if found else "There are no such jobs.")


@app.command("cancel")
def cancel(job: Id, url: Url = LOCAL, api_key: ApiKey = None) -> None:
    """Cancel a job that is queued or running.

    Example:

        mystack jobs cancel 5d1f0c3e-8a56-4a77-9d6e-2f4d1f3c7a10
    """
    with connected(url, api_key) as client:
        _say(answered(client.post(f"/jobs/{job}/cancel")).json())


@app.command("retry")
def retry(
    job: Annotated[str | None, typer.Argument(help="The id of a job.", show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="All failed jobs.")] = False,
    url: Url = LOCAL,
    api_key: ApiKey = None,
) -> None:
    """Queue a failed or cancelled job again, or all failed ones.

    Example:

        mystack jobs retry --all
    """
    if (job is None) != everything:
        raise Refusal("give either the id of a job or --all")
    with connected(url, api_key) as client:
        if job:
            _say(answered(client.post(f"/jobs/{job}/retry")).json())
            return
        answers = [answered(client.post("/jobs/retry", json={"kind": kind})).json() for kind in KINDS]
    Console(highlight=False).print(f"Queued again: {sum(answer['retried'] for answer in answers)}.")


def _say(job: dict[str, Any]) -> None:
    Console(highlight=False).print(f"{job['filename']}: {job['state']}", markup=False)


def _state(job: dict[str, Any]) -> str:
    """The state; of a running job its stage, and how often its worker was lost."""
    lost = f", lost {job['losses']}×" if job["losses"] else ""
    return f"{job['stage'] if job['state'] == 'running' else job['state']}{lost}"
