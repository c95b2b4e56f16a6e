"""Uploading through the queue of a layer that has one: whole batches are queued, and their jobs are watched."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

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
PAGE, FURTHER_PAGES = 200, 5
"""Documents of one request, and how many pages others may have added meanwhile."""


class Queued(NamedTuple):
    """A file that is queued, and the document that it becomes."""

    path: Path
    document_id: str


def has_queue(client: httpx2.Client) -> bool:
    """Whether the layer queues its uploads."""
    return client.get("/jobs", params={"limit": 1}).status_code == httpx2.codes.OK


def upload_batches(client: httpx2.Client, files: Sequence[Path], console: Console, uploads: list[Upload]) -> None:
    """Queue the files and wait for their jobs, with a progress bar; each outcome is appended to `uploads`.

    What was queued goes on when the command is stopped.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        queued: dict[str, dict[str, Queued]] = {}
        sending = progress.add_task("Queueing", total=len(files))
        reading = progress.add_task("Reading ", total=len(files))
        for group in _groups(files):
            queued |= _queue(client, group, uploads)
            progress.update(sending, advance=len(group))
            progress.update(reading, completed=len(uploads))
        for batch_id, files_of_batch in queued.items():
            done = len(uploads)
            while (state := _state(client, batch_id))["waiting"]:
                progress.update(reading, completed=done + len(files_of_batch) - state["waiting"])
                time.sleep(LOOK_SECONDS)
            uploads += _outcomes(client, state, files_of_batch)
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


def _queue(client: httpx2.Client, paths: Sequence[Path], uploads: list[Upload]) -> dict[str, dict[str, Queued]]:
    """The files of the jobs by batch; what is not queued is appended to `uploads`."""
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
    jobs: dict[str, Queued] = {}
    for item in accepted["jobs"]:
        path = readable[item["index"]]
        if path.name != item["filename"]:  # of an archive
            path /= item["filename"]
        if item["error"]:
            uploads.append(Upload(path, "failed", reason=explain_problem(item["error"])))
        elif item["duplicate"]:
            uploads.append(Upload(path, "duplicate"))
        else:
            jobs[item["job_id"]] = Queued(path, item["document_id"])
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


def _outcomes(client: httpx2.Client, state: dict[str, Any], files: dict[str, Queued]) -> Iterator[Upload]:
    errors = {job["id"]: job["error"] for job in state["errors"]}
    warnings = _warnings(client, {file.document_id for job_id, file in files.items() if job_id not in errors})
    for job_id, (path, document_id) in files.items():
        if job_id in errors:
            yield Upload(path, "failed", reason=explain_problem(errors[job_id]))
        elif len(errors) < ERRORS and not state["counts"].get("cancelled"):
            yield Upload(path, "new", warnings=warnings.get(document_id, ()))
        else:
            yield _outcome(path, client.get(f"/jobs/{job_id}").json(), warnings.get(document_id, ()))


def _outcome(path: Path, job: dict[str, Any], warnings: Sequence[str]) -> Upload:
    if job["state"] == "done":
        return Upload(path, "new", warnings=warnings)
    return Upload(path, "failed", reason=explain_problem(job["error"]) if job["error"] else str(job["state"]))


def _warnings(client: httpx2.Client, ids: set[str]) -> dict[str, Sequence[str]]:
    """By document: the list of documents has the newest first, so these are at its beginning."""
    found: dict[str, Sequence[str]] = {}
    cursor = ""
    for _ in range(len(ids) // PAGE + FURTHER_PAGES):
        response = patiently(partial(client.get, "/documents", params={"limit": PAGE, "cursor": cursor}))
        response.raise_for_status()
        page = response.json()
        found |= {document["id"]: document["warnings"] for document in page["documents"] if document["id"] in ids}
        cursor = page["next_cursor"]
        if cursor is None or len(found) == len(ids):
            break
    return found
