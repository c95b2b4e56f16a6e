"""The command `mystack reembed`."""

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
        str | None, typer.Option(help="Name of the embedding model.", show_default="EMBEDDING_MODEL")
    ] = None,
    path: Annotated[Path | None, typer.Option(help="Folder of the model, if it is not found by name.")] = None,
    rollback: Annotated[bool, typer.Option("--rollback", help="Return to the former embedding space.")] = False,
    drop_retired: Annotated[
        bool, typer.Option("--drop-retired", help="Delete the vectors of all former embedding spaces.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --drop-retired deletes.")] = False,
    database_url: Annotated[
        str | None, typer.Option(help="URL of the PostgreSQL.", show_default="DATABASE_URL, or the one in --data")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder of the layer.", show_default=".mystack/layerN")] = None,
    layer: Annotated[str | None, typer.Option(help="Number of the layer.", show_default="the newest")] = None,
) -> None:
    """Embed all documents with another model, while the service keeps answering with the old one.

    The new vectors are stored next to the old ones. When every chunk has one, searches switch to the new vectors, and
    a running service loads the new model by itself. Documents can be uploaded and deleted meanwhile. The command can
    be stopped at any time; run it again to continue.

    The old vectors are kept, so that --rollback returns to them at once. Chunks that were uploaded since are embedded
    with the old model first, which must be named again. When the new model has proved itself, --drop-retired deletes
    the old vectors and their index.

    Examples:

        mystack reembed --model sentence-transformers/all-MiniLM-L12-v2

        mystack reembed --model my-model --path ~/models/my-model

        mystack reembed --rollback

        mystack reembed --drop-retired
    """
    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    action = chosen(rollback, drop_retired)
    if drop_retired and not yes:
        typer.confirm("Delete the vectors of all former embedding spaces? --rollback will not be possible.", abort=True)
    chosen_layer = find_layer(layer)
    require_dependencies(chosen_layer)
    folder = chosen_layer.data(data)
    env = environment()
    url = database_url or (None if data else env.get("DATABASE_URL") or None)
    if model:
        env |= {"EMBEDDING_MODEL": model, "EMBEDDING_PATH": ""}
    if path:
        env["EMBEDDING_PATH"] = str(path.expanduser().resolve())
    try:
        with postgresql(chosen_layer, folder, url) as location, progress(chosen_layer, location, env, action) as lines:
            result = show(console, lines)
    except KeyboardInterrupt:
        console.print("\nStopped. Embedded chunks are kept; run the command again to continue.")
        raise
    console.print(result)


def chosen(rollback: bool, drop_retired: bool) -> str:
    """The action of the layer's process."""
    if rollback and drop_retired:
        raise Refusal("--rollback and --drop-retired exclude each other: return to the former vectors, or delete them")
    return "rollback" if rollback else "drop-retired" if drop_retired else "run"


@contextmanager
def progress(layer: Layer, location: StoreLocation, env: Mapping[str, str], action: str) -> Iterator[IO[str]]:
    """The progress lines of the layer's process, which runs until the block ends."""
    ours, theirs = os.pipe()
    with os.fdopen(ours, encoding="utf-8") as lines:
        child = Child(
            "reembed",
            ["api.entrypoints.reembed", str(theirs), action],
            cwd=layer.folder,
            env={**env, **location.settings},
            keep_open=[theirs, *location.keep_open],
        )
        os.close(theirs)
        try:
            yield lines
        finally:
            child.stop()


def show(console: Console, lines: IO[str]) -> str:
    """Show a progress bar; returns the process's final sentence. Refuses an error that it reports."""
    columns = (TextColumn("Embedding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task("", total=None)
        for line in lines:
            message: dict[str, Any] = json.loads(line)
            if "error" in message:
                raise Refusal(message["error"])
            if "result" in message:
                return str(message["result"])
            bars.update(bar, completed=message["done"], total=message["total"])
    raise Refusal("the process ended unexpectedly; the messages above say why. Embedded chunks are kept")
