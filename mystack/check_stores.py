"""The command `mystack check-stores`."""

from pathlib import Path
from typing import Annotated

import typer

from mystack.child import Child, stop_on_signals
from mystack.embedded import started
from mystack.installed import require_dependencies
from mystack.project import Refusal, find_layer
from mystack.settings import environment

ENTRY_POINT = "api/entrypoints/check_stores.py"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("check-stores")
def check_stores(
    repair: Annotated[bool, typer.Option("--repair", help="Repair what differs.")] = False,
    layer: Annotated[str | None, typer.Option(help="Number of the layer.", show_default="the newest")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder of the layer.", show_default=".mystack/layerN")] = None,
) -> None:
    """Check a layer's stores against each other, and repair them with --repair; prints a report as JSON.

    Without --repair nothing is changed. Stop a layer that runs on embedded stores first: only one process can open
    them. With MONGODB_URL and QDRANT_URL set, a running layer can be checked.

    Exit status: 0 if the stores agree, 1 if they differ, 2 if that could not be determined.

    Examples:

        mystack check-stores --layer 2

        mystack check-stores --layer 2 --repair --data ~/mystack-data
    """
    stop_on_signals()
    chosen = find_layer(layer)
    if not (chosen.folder / ENTRY_POINT).exists():
        raise Refusal(f"layer {chosen.number} has one store or none: there is nothing to compare")
    require_dependencies(chosen)
    settings = environment()
    with started(chosen, chosen.data(data), settings) as running:
        arguments = ["api.entrypoints.check_stores", *(["--repair"] if repair else [])]
        child = Child("check-stores", arguments, cwd=chosen.folder, env=settings | running.settings)
        try:
            while child.wait(0.5) is None:
                pass
        finally:
            child.stop()
    raise typer.Exit(child.status or 0)
