"""The command `mystack reprocess`."""

from collections.abc import Iterator
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console

from mystack.client import LOCAL, ApiKey, Url, answered, connected
from mystack.sources import FAILED, ended

PAGE = 50
MOST_NAMED = 20
UPLOAD = "curl {url}/documents -F file=@FILE -F replaces={id}"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("reprocess")
def reprocess(
    url: Url = LOCAL,
    api_key: ApiKey = None,
    wait: Annotated[bool, typer.Option(help="Wait until all jobs have ended.")] = True,
) -> None:
    """Read the documents of a running layer again that an earlier version read, from their original files.

    A newer version reads more of a document: tables as rows and columns, and what it leaves out it names. Documents
    are found and quoted all the time, each by its new text once that is complete. Layers before the fourth keep no
    files: there, and where a file was not kept, this says how to upload it again. Exit status: 0 if all were read, 1 if
    some failed.

    Examples:

        mystack reprocess

        mystack reprocess --no-wait
    """
    console = Console(highlight=False, soft_wrap=True)
    with connected(url, api_key) as client:
        pages = list(_pages(client))
        queued = sum(page["queued"] for page in pages)
        failed = [job for page in pages if wait and page["batch_id"] for job in ended(client, page["batch_id"])]
    said = f"{queued - len(failed)} documents were read again" if wait else f"{queued} documents are being read again"
    console.print(f"{said}." if queued else "There is no document to read again.")
    for job in failed:
        console.print(f"{job['filename']}: {job['error']['code']}: {job['error']['detail']}", markup=False)
    without = [document for page in pages for document in page["without_file"]]
    if without:
        console.print("\n".join(_advice(without, url)), markup=False)
    if failed:
        raise typer.Exit(FAILED)


def _pages(client: httpx2.Client) -> Iterator[dict[str, Any]]:
    cursor: str | None = ""
    while cursor is not None:
        response = client.post("/jobs/process-outdated", params={"limit": PAGE, "cursor": cursor})
        if response.status_code == httpx2.codes.NOT_FOUND:  # a layer without jobs, which keeps no files either
            yield {"batch_id": None, "queued": 0, "without_file": list(_outdated(client))}
            return
        page = answered(response).json()
        yield page
        cursor = page["next_cursor"]


def _outdated(client: httpx2.Client) -> Iterator[dict[str, Any]]:
    """The documents that an earlier version read. Refuses a layer without documents."""
    cursor: str | None = ""
    while cursor is not None:
        page = answered(client.get("/documents", params={"limit": PAGE, "cursor": cursor})).json()
        yield from (document for document in page["documents"] if document["outdated"])
        cursor = page["next_cursor"]


def _advice(documents: list[dict[str, Any]], url: str) -> Iterator[str]:
    """How to have documents read again whose files the service has not kept."""
    yield f"The files of {len(documents)} documents are not kept. Upload each again, which replaces the document:"
    for document in documents[:MOST_NAMED]:
        yield f"  {document['filename']}: {UPLOAD.format(url=url, id=document['id'])}"
    if len(documents) > MOST_NAMED:
        yield f"  … and {len(documents) - MOST_NAMED} more"
