"""Uploading through the queue of a layer that has one: whole batches are queued, and their jobs are watched."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mystack.client import explain, explain_problem
from mystack.uploads import Upload, patiently

MOST_FILES, MOST_BYTES = 100, 50_000_000
"""Of one request: a stopped command has then queued what it reports."""
LOOK_SECONDS = 0.5
ERRORS = 100
"""Failed jobs that the state of a batch names."""


def has_queue(client: httpx2.Client) -> bool:
    """Whether the layer queues its uploads."""
    return client.get("/jobs", params={"limit": 1}).status_code == httpx2.codes.OK


def upload_batches(client: httpx2.Client, files: Sequence[Path], console: Console, uploads: list[Upload]) -> None:
    """Queue the files and wait for their jobs, with a progress bar; each outcome is appended to `uploads`.

    What was queued goes on when the command is stopped.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        queued: dict[str, dict[str, Path]] = {}
        sending = progress.add_task("Queueing", total=len(files))
        reading = progress.add_task("Reading ", total=len(files))
        for group in _groups(files):
            queued |= _queue(client, group, uploads)
            progress.update(sending, advance=len(group))
            progress.update(reading, completed=len(uploads))
        for batch_id, paths in queued.items():
            done = len(uploads)
            while (state := _state(client, batch_id))["waiting"]:
                progress.update(reading, completed=done + len(paths) - state["waiting"])
                time.sleep(LOOK_SECONDS)
            uploads += _outcomes(client, state, paths)
            progress.update(reading, completed=len(uploads))


def _groups(files: Sequence[Path]) -> Iterator[list[Path]]:
    group: list[Path] = []
    size = 0
    for path in files:
        more = path.stat().st_size if path.exists() else 0
        if group and (len(group) == MOST_FILES or size + more > MOST_BYTES):
            yield group
            group, size = [], 0
        group.append(path)
        size += more
    if group:
        yield group


def _queue(client: httpx2.Client, paths: Sequence[Path], uploads: list[Upload]) -> dict[str, dict[str, Path]]:
    """The paths of the jobs by batch; what is not queued is appended to `uploads`."""
    readable: list[Path] = []
    for path in paths:
        try:
            path.open("rb").close()
            readable.append(path)
        except OSError as error:
            uploads.append(Upload(path, "failed", reason=f"unreadable: {error.strerror or error}"))
    if not readable:
        return {}
    try:
        response = patiently(lambda: _post(client, readable))
    except httpx2.TransportError as error:
        uploads += [Upload(p, "failed", reason=f"connection: {error or type(error).__name__}") for p in readable]
        return {}
    if not response.is_success:
        uploads += [Upload(path, "failed", reason=explain(response)) for path in readable]
        return {}
    accepted = response.json()
    jobs: dict[str, Path] = {}
    for item in accepted["jobs"]:
        path = readable[item["index"]]
        if path.name != item["filename"]:  # of an archive
            path /= item["filename"]
        if item["error"]:
            uploads.append(Upload(path, "failed", reason=explain_problem(item["error"])))
        elif item["duplicate"]:
            uploads.append(Upload(path, "duplicate"))
        else:
            jobs[item["job_id"]] = path
    return {accepted["batch_id"]: jobs}


def _post(client: httpx2.Client, paths: Sequence[Path]) -> httpx2.Response:
    with ExitStack() as stack:
        files = [("files", (path.name, stack.enter_context(path.open("rb")))) for path in paths]
        return client.post("/documents/batch-upload", files=files)


def _state(client: httpx2.Client, batch_id: str) -> dict[str, Any]:
    response = patiently(lambda: client.get(f"/jobs/batches/{batch_id}"))
    response.raise_for_status()
    state: dict[str, Any] = response.json()
    return state


def _outcomes(client: httpx2.Client, state: dict[str, Any], paths: dict[str, Path]) -> Iterator[Upload]:
    errors = {job["id"]: job["error"] for job in state["errors"]}
    for job_id, path in paths.items():
        if job_id in errors:
            yield Upload(path, "failed", reason=explain_problem(errors[job_id]))
        elif len(errors) < ERRORS and not state["counts"].get("cancelled"):
            yield Upload(path, "new")
        else:
            yield _outcome(path, client.get(f"/jobs/{job_id}").json())


def _outcome(path: Path, job: dict[str, Any]) -> Upload:
    if job["state"] == "done":
        return Upload(path, "new")
    return Upload(path, "failed", reason=explain_problem(job["error"]) if job["error"] else str(job["state"]))
