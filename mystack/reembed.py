"""The verb `mystack reembed`."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mystack.child import Child, stop_on_signals
from mystack.installed import require_dependencies
from mystack.migrate.locations import StoreLocation, postgresql
from mystack.project import Layer, Refusal, find_layer
from mystack.settings import environment

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("reembed")
def reembed(
    model: Annotated[
        str | None, typer.Option(help="Name of the embedding model.", show_default="as EMBEDDING_MODEL says")
    ] = None,
    path: Annotated[Path | None, typer.Option(help="Folder of the model, if it is not to be looked for.")] = None,
    rollback: Annotated[bool, typer.Option("--rollback", help="Return to the space that answered before.")] = False,
    database_url: Annotated[
        str | None, typer.Option(help="The PostgreSQL.", show_default="as DATABASE_URL says, or that of --data")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Data folder of the newest layer.", show_default=".mystack/layerN")
    ] = None,
) -> None:
    """Embed all documents with another model, while the service goes on answering with the old one.

    The vectors of the new model are collected beside the old ones. When every chunk has one, the new ones answer from
    that moment on; restart the service with EMBEDDING_MODEL set to the new model. Documents may be uploaded and deleted
    meanwhile. The command may be stopped at any moment: run it again, and it goes on.

    The old vectors are kept, so that --rollback returns to them at once. Chunks that were uploaded in between are
    embedded with the old model first, which must be named again.

    Examples:

        mystack reembed --model sentence-transformers/all-MiniLM-L12-v2

        mystack reembed --model my-model --path ~/models/my-model

        mystack reembed --rollback
    """
    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    newest = find_layer()
    require_dependencies(newest)
    folder = newest.data(data)
    env = environment()
    url = database_url or (None if data else env.get("DATABASE_URL") or None)
    if model:
        env |= {"EMBEDDING_MODEL": model, "EMBEDDING_PATH": ""}
    if path:
        env["EMBEDDING_PATH"] = str(path.expanduser().resolve())
    try:
        with postgresql(newest, folder, url) as place, progress(newest, place, env, rollback) as lines:
            said = show(console, lines)
    except KeyboardInterrupt:
        console.print("\nStopped. What is embedded stays; run it again to go on.")
        raise
    console.print(said)


@contextmanager
def progress(layer: Layer, place: StoreLocation, env: Mapping[str, str], rollback: bool) -> Iterator[IO[str]]:
    """The layer's process at work, as the lines that it says."""
    ours, theirs = os.pipe()
    with os.fdopen(ours, encoding="utf-8") as lines:
        child = Child(
            "reembed",
            ["api.entrypoints.reembed", str(theirs), *(["--rollback"] if rollback else [])],
            cwd=layer.folder,
            env={**env, **place.settings},
            keep_open=[theirs, *place.keep_open],
        )
        os.close(theirs)
        try:
            yield lines
        finally:
            child.stop()


def show(console: Console, lines: IO[str]) -> str:
    """A bar that follows the lines; returns the last word. Refuses what could not be done."""
    columns = (TextColumn("Embedding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task("", total=None)
        for line in lines:
            said: dict[str, Any] = json.loads(line)
            if "error" in said:
                raise Refusal(said["error"])
            if "said" in said:
                return str(said["said"])
            bars.update(bar, completed=said["done"], total=said["total"])
    raise Refusal("the embedding ended unexpectedly; the messages above say why, and what is done stays done")
