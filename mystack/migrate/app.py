"""The verb `mystack migrate`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mystack.child import stop_on_signals
from mystack.migrate.locations import Database, Stores, open_stores
from mystack.migrate.migration import Migration, Track
from mystack.migrate.migration import dry_run as plan_only
from mystack.migrate.read_only_target import ReadOnlyTarget
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
    mongodb_url: Annotated[str | None, typer.Option(help="Layer 2's MongoDB, instead of a data folder.")] = None,
    qdrant_url: Annotated[str | None, typer.Option(help="Layer 2's Qdrant server.")] = None,
    qdrant_path: Annotated[Path | None, typer.Option(help="Or the folder of Qdrant's local mode.")] = None,
    database_url: Annotated[
        str | None, typer.Option(help="The PostgreSQL.", show_default="the embedded one of --data")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Data folder of the newest layer.", show_default=".mystack/layerN")
    ] = None,
    to_layer2: Annotated[bool, typer.Option("--to-layer2", help="The other way: undo the step.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; tell what would be done.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Write nothing; compare what is there.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Copy documents that differ once more.")] = False,
    delete_extra: Annotated[
        bool, typer.Option("--delete-extra", help="Delete documents that only the target has, whoever put them there.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write the report there too, as JSON.")] = None,
) -> None:
    """Move the documents of layer 2 to PostgreSQL, and prove that nothing was lost.

    Ids, times, metadata, texts, offsets and both vectors are kept bit for bit; nothing is embedded again. Each
    document is one transaction, so the command may be stopped or killed at any moment: run it again, and it goes on.
    Run it once more later, and it catches up with documents that were added, replaced or deleted since. Documents
    that were uploaded to the target itself are left alone, and named.

    In the end everything is read anew from both sides and compared, and 100 questions are asked of both. Exit status:
    0 if nothing differs, 1 if something does (the report says where), 2 if it could not be found out.

    Stop a layer 2 that runs on embedded stores first: they can be opened once. One on servers may go on, and so may
    the newest layer.

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
    new = Database(data, database_url or (None if data else env.get("DATABASE_URL") or None))
    mode = "dry-run" if dry_run else "verify" if verify else "migrate"
    try:
        with (
            open_stores(old, new, env, to_layer2=to_layer2, read_only=dry_run) as (source, target),
            progress(console) as track,
        ):
            report = Report(source.name, target.name, mode)
            if dry_run or isinstance(target, ReadOnlyTarget):
                plan_only(source, target, report, delete_extra=delete_extra)
            else:
                it = Migration(source, target, report, track, delete_extra=delete_extra, repair=repair)
                it.verify() if verify else it.migrate()
    except KeyboardInterrupt:
        console.print("\nStopped. What is copied stays; run it again to go on.")
        raise
    report.finish()
    report.show(console, json)
    if not report.equal:
        raise typer.Exit(DIFFERENT)


@contextmanager
def progress(console: Console) -> Iterator[Track]:
    """A bar for each stage of the work, with what is done, what there is, and the time it took."""
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        yield lambda things, title, total: bars.track(things, total, description=title)
