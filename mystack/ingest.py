"""The command `mystack ingest`."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import httpx2
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mystack.batches import has_queue, upload_batches
from mystack.client import LOCAL, ApiKey, Url, connected, explain, refuse_unusable
from mystack.pool import map_threads
from mystack.project import Refusal
from mystack.uploads import Outcome, Upload, patiently

SUFFIXES = frozenset(
    [
        *(".pdf", ".docx", ".doc", ".odt", ".rtf", ".epub", ".pptx", ".ppt", ".odp"),
        *(".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".xml"),
        *(".eml", ".msg", ".vtt", ".srt", ".txt", ".md", ".markdown", ".html", ".htm"),
    ]
)
"""The formats that layer 2 reads: `api/services/parsing/supported.py`, which a test compares."""
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"})
"""Those that it reads with OCR."""
IMAGE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"RIFF")
SOME_FAILED = 1


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", show_default=False)],
    url: Url = LOCAL,
    api_key: ApiKey = None,
    recursive: Annotated[bool, typer.Option(help="Include subfolders.")] = True,
    concurrency: Annotated[int, typer.Option(help="Concurrent uploads.", min=1, max=32)] = 2,
) -> None:
    """Upload files and folders to a running layer (2 or later), and report which were new, duplicates or failed.

    A new file is named with what was left out of it or may be wrong, if anything.

    A layer with a queue (4 or later) gets batches of files, and ZIP archives; its workers read them.
    From a folder, files of the supported formats are uploaded, without hidden ones, and images if the layer has OCR; a
    file that is named is always uploaded. Exit status: 0 if all are stored, 1 if some failed, 2 if nothing could be
    uploaded.

    Examples:

        mystack ingest report.pdf

        mystack ingest docs ~/papers --concurrency 4

        mystack ingest notes --no-recursive --url http://127.0.0.1:8123 --api-key secret
    """
    files = find_files(paths, recursive)
    images = [path for path in files if path not in paths and path.suffix.lower() in IMAGE_SUFFIXES]
    console = Console(highlight=False, soft_wrap=True)
    uploads: list[Upload] = []
    with connected(url, api_key) as client:
        refuse_unusable(client.get("/documents", params={"limit": 1}))
        try:
            queued = has_queue(client)

            def send(some: Sequence[Path]) -> None:
                if some and queued:
                    upload_batches(client, some, console, uploads)
                elif some:
                    upload_all(client, some, concurrency, console, uploads)

            send([path for path in files if path not in images])
            unread = upload_images(images, send, uploads)
        except KeyboardInterrupt:
            report(console, uploads)
            console.print("Stopped. Run the command again to continue: stored files are not stored twice.")
            raise
    report(console, uploads)
    if unread:
        console.print(f"{len(images):6} images not uploaded: {unread}", markup=False)
    if not uploads or any(upload.outcome == "failed" for upload in uploads):
        raise typer.Exit(SOME_FAILED)


def find_files(paths: Sequence[Path], recursive: bool) -> list[Path]:
    """The files to upload, each once, in a stable order. Refuses a path that does not exist, and an empty result."""
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise Refusal(f"there is no file or folder {path}")
        found |= dict.fromkeys(_inside(path, recursive) if path.is_dir() else [path])
    if not found:
        raise Refusal(f"no document ({', '.join(sorted(SUFFIXES))}) in {', '.join(map(str, paths))}")
    return list(found)


def _inside(folder: Path, recursive: bool) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if recursive and not name.startswith("."))
        for name in sorted(names):
            path = Path(root, name)
            if not name.startswith(".") and (path.suffix.lower() in SUFFIXES or _is_image(path)):
                yield path


def _is_image(path: Path) -> bool:
    """Whether name and content are those of an image. One that cannot be read is uploaded, and then reported."""
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return False
    try:
        with path.open("rb") as file:
            return file.read(4).startswith(IMAGE_STARTS)
    except OSError:
        return True


def upload_images(images: Sequence[Path], send: Callable[[Sequence[Path]], None], uploads: list[Upload]) -> str:
    """Upload the first one, and the others if the layer can read it. If it has no OCR, its reason is returned."""
    send(images[:1])
    if images and uploads[-1].outcome == "failed" and "OCR" in uploads[-1].reason:
        return uploads.pop().reason
    send(images[1:])
    return ""


def upload_all(
    client: httpx2.Client, files: Sequence[Path], concurrency: int, console: Console, uploads: list[Upload]
) -> None:
    """Upload the files concurrently with a progress bar; each outcome is appended to `uploads`."""
    columns = (TextColumn("Uploading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=len(files))
        for upload in map_threads(concurrency, lambda path: upload_file(client, path), files):
            uploads.append(upload)
            progress.advance(bar)


def upload_file(client: httpx2.Client, path: Path) -> Upload:
    """Upload one file; an error becomes the upload's `reason`."""
    try:
        response = patiently(lambda: _post(client, path))
    except OSError as error:
        return Upload(path, "failed", reason=f"unreadable: {error.strerror or error}")
    except httpx2.TransportError as error:
        return Upload(path, "failed", reason=f"connection: {error or type(error).__name__}")
    if not response.is_success:
        return Upload(path, "failed", reason=explain(response))
    document = response.json()
    outcome: Outcome = "duplicate" if document.get("duplicate") else "new"
    return Upload(path, outcome, document.get("chunks", 0), warnings=document.get("warnings", ()))


def _post(client: httpx2.Client, path: Path) -> httpx2.Response:
    with path.open("rb") as file:
        return client.post("/documents/upload", files={"file": (path.name, file)})


def report(console: Console, uploads: Sequence[Upload]) -> None:
    """Print the number of new, duplicate and failed files, each file that is not new, and the warnings of new ones."""
    for outcome in ("new", "duplicate", "failed"):
        some = [upload for upload in uploads if upload.outcome == outcome]
        number = sum(upload.chunks for upload in some)
        chunks = f" ({number} chunks)" if number else ""
        console.print(f"{len(some):6} {outcome}{chunks}")
        for upload in some:
            remarks = list(upload.warnings) if outcome == "new" else [upload.reason]
            for remark in remarks:
                console.print(f"         {upload.path}{': ' if remark else ''}{remark}", markup=False)
