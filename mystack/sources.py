"""The command `mystack sources`."""

import sys
import time
from typing import Annotated, Any, Literal

import httpx2
import typer

from mystack.client import LOCAL, ApiKey, Url, answered, connected
from mystack.project import Refusal

FAILED = 1
PAUSE_SECONDS = 0.5
Kind = Literal[
    "folder",
    "url",
    "feed",
    "sitemap",
]
Id = Annotated[str, typer.Argument(help="The id of a source, or its beginning.", show_default=False)]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def sources() -> None:
    """Keep the documents of a running layer (4 or later) in step with folders, pages, feeds and sitemaps."""


@app.command("list")
def list_sources(url: Url = LOCAL, api_key: ApiKey = None) -> None:
    """List the sources, with what their last syncs did.

    Example:

        mystack sources list
    """
    with connected(url, api_key) as client:
        for source in _sources(client):
            sys.stdout.write(_line(source) + "\n")


@app.command("add")
def add(
    kind: Annotated[Kind, typer.Argument(help="What it is.", show_default=False)],
    location: Annotated[str, typer.Argument(help="The path of a folder, or an address.", show_default=False)],
    url: Url = LOCAL,
    api_key: ApiKey = None,
    delete_after: Annotated[
        int, typer.Option(help="Seconds that an item is missing until its document is deleted.", min=0)
    ] = 3600,
    watch: Annotated[bool, typer.Option(help="Sync a folder as soon as something changes in it.")] = True,
) -> None:
    """Add a source. Its folder must be below one that SOURCE_FOLDERS allows, on the machine of the service.

    Examples:

        mystack sources add folder /srv/handbook

        mystack sources add sitemap https://example.com/sitemap.xml --delete-after 86400
    """
    body = {
        "kind": kind,
        "path" if kind == "folder" else "url": location,
        "delete_after_seconds": delete_after,
        "watch": watch,
    }
    with connected(url, api_key) as client:
        sys.stdout.write(_line(answered(client.post("/sources", json=body)).json()) + "\n")


@app.command("remove")
def remove(
    id: Id,
    url: Url = LOCAL,
    api_key: ApiKey = None,
    documents: Annotated[bool, typer.Option(help="Delete the documents that came of it alone, too.")] = False,
) -> None:
    """Remove a source. Its documents stay, unless you say --documents.

    Example:

        mystack sources remove 0b6d1a52 --documents
    """
    with connected(url, api_key) as client:
        answered(client.delete(f"/sources/{_found(client, id)['id']}", params={"documents": documents}))


@app.command("sync")
def sync(
    id: Annotated[
        str | None, typer.Argument(help="The id of a source, or its beginning.", show_default="all sources")
    ] = None,
    url: Url = LOCAL,
    api_key: ApiKey = None,
    confirm: Annotated[bool, typer.Option(help="Even if that deletes most documents of the source.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait until all jobs have ended.")] = True,
) -> None:
    """Sync a source or all of them, and report what was done. Exit status: 0 if all jobs succeeded, 1 if some failed.

    Examples:

        mystack sources sync

        mystack sources sync 0b6d1a52 --confirm
    """
    with connected(url, api_key) as client:
        if id is None and confirm:
            raise Refusal("--confirm is for one source: name it")
        path = f"/sources/{_found(client, id)['id']}/sync" if id else "/sources/sync"
        started = answered(client.post(path, params={"confirm": True} if confirm else None)).json()
        if not wait:
            sys.stdout.write(f"batch {started['batch_id']}\n")
            return
        failed = [job for batch in _batches(started) for job in ended(client, batch)]
        for source in _sources(client):
            if id is None or source["id"].startswith(id):
                sys.stdout.write(_line(source) + "\n")
        for job in failed:
            sys.stderr.write(f"mystack: {job['filename']}: {job['error']['code']}: {job['error']['detail']}\n")
        if failed:
            raise typer.Exit(FAILED)


def _batches(started: dict[str, Any]) -> list[str]:
    """The batches of the syncs: one that was open already keeps its own."""
    return list(dict.fromkeys(job["batch_id"] for job in started["jobs"] if job["batch_id"]))


def ended(client: httpx2.Client, batch_id: str) -> list[dict[str, Any]]:
    """Wait for the jobs of a batch; returns those that failed."""
    while (batch := answered(client.get(f"/jobs/batches/{batch_id}")).json())["waiting"]:
        time.sleep(PAUSE_SECONDS)
    return list(batch["errors"])


def _sources(client: httpx2.Client) -> list[dict[str, Any]]:
    return list(answered(client.get("/sources")).json()["sources"])


def _found(client: httpx2.Client, id: str) -> dict[str, Any]:
    """The source whose id begins so. Refuses none and several."""
    found = [source for source in _sources(client) if source["id"].startswith(id.lower())]
    if len(found) != 1:
        raise Refusal(f"{len(found) or 'no'} sources begin with {id}: `mystack sources list` shows their ids")
    return found[0]


def _line(source: dict[str, Any]) -> str:
    """`0b6d1a52 folder /srv/handbook: 12 items; 1 new, 11 unchanged`, or the error of the last sync."""
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in source["counts"].items() if count)
    error = source["error"]
    told = f"{error['code']}: {error['detail']}" if error else counts or "not synced yet"
    return f"{source['id'][:8]} {source['kind']} {source['path'] or source['url']}: {source['items']} items; {told}"
