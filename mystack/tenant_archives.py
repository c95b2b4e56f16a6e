"""`mystack tenants export` and `import`."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, Any

import httpx2
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from mystack.client import LOCAL, Url, answered
from mystack.operating import AdminKey, Name, operator, path_of, write
from mystack.project import Refusal

PAUSE_SECONDS = 0.5
PART_BYTES = 1 << 20
NO_LIMIT = httpx2.Timeout(connect=5, read=None, write=None, pool=None)
"""An archive is imported in one transaction, and the answer comes after it."""


def export(
    name: Name,
    to: Annotated[Path | None, typer.Option(help="Where to write it.", show_default="NAME.zip")] = None,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
) -> None:
    """Write all that a tenant has into an archive: documents with their vectors, originals, conversations, settings.

    Of keys only the names are exported. A suspended tenant can be exported, too.

    Example:

        mystack tenants export acme --to acme.zip
    """
    path = to or Path(f"{name}.zip")
    if path.exists():
        raise Refusal(f"{path} exists: give another file with --to")
    with operator(url, admin_key) as client:
        tenant = path_of(client, name)
        started = answered(client.post(f"{tenant}/export"))
        follow(client, f"{tenant}/jobs/{started.json()['id']}", "Exporting")
        with client.stream("GET", started.headers["Location"], timeout=NO_LIMIT) as response:
            save(answered(response), path)
    write(f"{path}: {path.stat().st_size:,} bytes")


def import_tenant(
    file: Annotated[Path, typer.Argument(help="An archive of `export`.", exists=True, dir_okay=False)],
    name: Annotated[str | None, typer.Option(help="Of the new tenant.", show_default="its name in the archive")] = None,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
) -> None:
    """Import a tenant from an archive, with another name if you like; then make keys for it.

    All of the archive is imported, or nothing. If the service embeds with another model than the one that the archive
    comes from, the vectors are computed anew, and the command waits for that.

    Example:

        mystack tenants import acme.zip --name acme-2
    """
    with operator(url, admin_key) as client, file.open("rb") as content:
        query = {"name": name} if name else {}
        sent = client.post("/admin/tenants/import", params=query, content=parts(content), timeout=NO_LIMIT)
        done = answered(sent).json()
        tenant = done["tenant"]
        if done["job"]:
            follow(client, f"/admin/tenants/{tenant['id']}/jobs/{done['job']['id']}", "Embedding")
    counts = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in done["counts"].items() if count)
    write(f"{tenant['name']}: {counts or 'nothing'}")


def follow(client: httpx2.Client, path: str, what: str) -> None:
    """Show a job's progress until it has ended. Refuses one that fails."""
    columns = (TextColumn(what), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("", total=1.0)
        while True:
            job: dict[str, Any] = answered(client.get(path)).json()
            bars.update(bar, completed=job["progress"])
            if job["finished_at"]:
                break
            time.sleep(PAUSE_SECONDS)
    if job["state"] != "done":
        reason = job["error"]["detail"] if job["error"] else "somebody has cancelled it"
        raise Refusal(f"the job {job['id']} is {job['state']}: {reason}")


def save(response: httpx2.Response, path: Path) -> None:
    """Write the body, in a file that has another name until it is whole."""
    unfinished = path.with_name(f"{path.name}.part")
    with unfinished.open("wb") as file:
        for part in response.iter_bytes():
            file.write(part)
    unfinished.rename(path)


def parts(file: IO[bytes]) -> Iterator[bytes]:
    while part := file.read(PART_BYTES):
        yield part
