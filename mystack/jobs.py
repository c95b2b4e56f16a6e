"""The command `mystack jobs`."""

from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console
from rich.table import Column, Table

from mystack.client import LOCAL, ApiKey, Url, connected, explain, refuse_unusable
from mystack.project import Refusal

STATES = ("queued", "running", "done", "failed", "cancelled")
KINDS = ("ingest", "process", "fetch", "sync", "refresh", "quality")
MOST = 200
app = typer.Typer(no_args_is_help=False, invoke_without_command=True, pretty_exceptions_enable=False)


@app.callback()
def jobs(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help=f"Only jobs in this state: {', '.join(STATES)}.")] = None,
    limit: Annotated[int, typer.Option(help="How many jobs to list.", min=1, max=MOST)] = 20,
    url: Url = LOCAL,
    api_key: ApiKey = None,
) -> None:
    """List the jobs of a running layer (4 or later), newest first; cancel or retry them.

    Examples:

        mystack jobs

        mystack jobs --state failed

        mystack jobs retry --all

        mystack jobs cancel 5d1f0c3e-8a56-4a77-9d6e-2f4d1f3c7a10
    """
    if context.invoked_subcommand:
        context.obj = {"url": url, "api_key": api_key}
        return
    with connected(url, api_key) as client:
        asked = {"limit": limit} | ({"state": state} if state else {})
        found = _answer(client.get("/jobs", params=asked))["jobs"]
    identity = Column("job", no_wrap=True, min_width=36)  # it is what `cancel` and `retry` need
    table = Table(identity, "kind", "state", "progress", "document or task", "error", box=None, highlight=False)
    for job in found:
        error = job["error"]["detail"] if job["error"] else ""
        table.add_row(job["id"], job["kind"], _state(job), f"{job['progress']:.0%}", job["filename"], error)
    Console(highlight=False).print(table if found else "There are no such jobs.")


@app.command()
def cancel(context: typer.Context, job: Annotated[str, typer.Argument(help="Its id.", show_default=False)]) -> None:
    """Cancel a job that is queued or running."""
    with connected(**context.obj) as client:
        cancelled = _answer(client.post(f"/jobs/{job}/cancel"))
    Console(highlight=False).print(f"{cancelled['filename']}: {cancelled['state']}", markup=False)


@app.command()
def retry(
    context: typer.Context,
    job: Annotated[str | None, typer.Argument(help="Its id.", show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="All failed jobs.")] = False,
) -> None:
    """Queue a failed or cancelled job again, or all failed ones."""
    if (job is None) != everything:
        raise Refusal("give either the id of a job or --all")
    console = Console(highlight=False)
    with connected(**context.obj) as client:
        if job:
            queued = _answer(client.post(f"/jobs/{job}/retry"))
            console.print(f"{queued['filename']}: {queued['state']}", markup=False)
        else:
            retried = sum(_answer(client.post("/jobs/retry", json={"kind": kind}))["retried"] for kind in KINDS)
            console.print(f"{retried} jobs are queued again.")


def _state(job: dict[str, Any]) -> str:
    """The state; of a running job its stage, and how often its worker was lost."""
    lost = f", lost {job['losses']}×" if job["losses"] else ""
    return f"{job['stage'] if job['state'] == 'running' else job['state']}{lost}"


def _answer(response: httpx2.Response) -> Any:
    """The body of an answer. Refuses an error."""
    refuse_unusable(response)
    if not response.is_success:
        raise Refusal(explain(response))
    return response.json()
