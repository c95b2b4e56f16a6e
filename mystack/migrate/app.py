"""The command `mystack migrate`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mystack.child import stop_on_signals
from mystack.migrate.locations import Database, EmptyTarget, Stores, open_stores
from mystack.migrate.migration import Migration, Track
from mystack.migrate.migration import dry_run as plan_only
from mystack.migrate.report import Report
from mystack.settings import environment

DIFFERENT = 1

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("migrate")
def migrate(
    from_data: Annotated[
        Path | None,
        typer.Option("--from-data", "--layer2-data", help="Data folder of layer 2.", show_default=".mystack/layer2"),
    ] = None,
    mongodb_url: Annotated[str | None, typer.Option(help="URL of layer 2's MongoDB, instead of a data folder.")] = None,
    qdrant_url: Annotated[str | None, typer.Option(help="URL of layer 2's Qdrant server.")] = None,
    qdrant_path: Annotated[Path | None, typer.Option(help="Or the folder of Qdrant's local mode.")] = None,
    database_url: Annotated[
        str | None, typer.Option(help="URL of the PostgreSQL.", show_default="the embedded one in --data")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Data folder of the layer with PostgreSQL.", show_default=".mystack/layerN")
    ] = None,
    layer: Annotated[
        str | None, typer.Option(help="Number of the layer with PostgreSQL.", show_default="the newest")
    ] = None,
    to_layer2: Annotated[bool, typer.Option("--to-layer2", help="Migrate back, from PostgreSQL to layer 2.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; report what would be done.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Write nothing; compare source and target.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Copy documents that differ again.")] = False,
    delete_extra: Annotated[
        bool, typer.Option("--delete-extra", help="Delete all documents that only the target has.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Also write the report to this file.")] = None,
) -> None:
    """Migrate the documents of layer 2 to PostgreSQL, and prove that nothing was lost.

    Ids, times, metadata, texts, offsets and both kinds of vectors are kept bit for bit; nothing is embedded again.
    Each document is one transaction, so the command can be stopped or killed at any time; run it again to continue.
    A later run applies what was added, replaced or deleted in the source since. Documents that were uploaded to the
    target itself are kept, and reported.

    At the end all documents are read from source and target and compared, and 100 questions are searched in both.
    Exit status: 0 if nothing differs, 1 if something does (the report names it), 2 if that could not be determined.

    Stop a layer 2 that runs on embedded stores first: only one process can open them. A layer 2 on servers may keep
    running, and so may the newest layer.

    Examples:

        mystack migrate --dry-run

        mystack migrate --from-data ~/mystack-data --json report.json

        mystack migrate --mongodb-url mongodb://db:27017 --qdrant-url http://db:6333 --database-url postgresql://…

        mystack migrate --to-layer2 --layer2-data ~/back
    """
    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    env = environment()
    if not (from_data or mongodb_url or qdrant_url or qdrant_path):
        mongodb_url, qdrant_url = env.get("MONGODB_URL") or None, env.get("QDRANT_URL") or None
    old = Stores(from_data, mongodb_url, qdrant_url, qdrant_path)
    new = Database(data, database_url or (None if data else env.get("DATABASE_URL") or None), layer)
    mode = "dry-run" if dry_run else "verify" if verify else "migrate"
    try:
        with (
            open_stores(old, new, env, to_layer2=to_layer2, read_only=dry_run) as (source, target),
            progress(console) as track,
        ):
            report = Report(source.name, target.name, mode)
            if dry_run or isinstance(target, EmptyTarget):
                plan_only(source, target, report, delete_extra=delete_extra)
            else:
                work = Migration(source, target, report, track, delete_extra=delete_extra, repair=repair)
                work.verify() if verify else work.migrate()
    except KeyboardInterrupt:
        console.print("\nStopped. Copied documents are kept; run the command again to continue.")
        raise
    report.finish()
    report.show(console, json)
    if not report.equal:
        raise typer.Exit(DIFFERENT)


@contextmanager
def progress(console: Console) -> Iterator[Track]:
    """A progress bar for each stage: items done, items in total, and elapsed time."""
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        yield lambda items, title, total: bars.track(items, total, description=title)
