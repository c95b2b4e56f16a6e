"""`mystack check`: do a layer's stores agree with each other?"""

from pathlib import Path
from typing import Annotated

import typer

from mystack.child import Child, stop_on_signals
from mystack.embedded import started
from mystack.installed import require_dependencies
from mystack.project import Refusal, find_layer
from mystack.settings import environment


def check(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what is found, instead of only telling.")] = False,
    layer: Annotated[str | None, typer.Option(help="Number of the layer.", show_default="the newest")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the embedded services.", show_default=".mystack/layerN")
    ] = None,
) -> None:
    """Find, and with --repair mend, what a layer's stores disagree about; a JSON report goes to standard output.

    Without --repair nothing is changed. Stop a layer that runs on embedded stores first: they can be opened once.
    With MONGODB_URL and QDRANT_URL set, a running layer can be checked. (The sources are checked by `verify`.)

    Examples:

        mystack check

        mystack check --repair --layer 2 --data ~/mystack-data
    """
    stop_on_signals()
    chosen = find_layer(layer)
    if not (chosen.folder / "api" / "check.py").exists():
        raise Refusal(f"layer {chosen.number} has no stores to check")
    require_dependencies(chosen)
    folder = chosen.data(data)
    settings = environment()
    with started(chosen, folder, settings) as running:
        arguments = ["api.entrypoints.check_stores", *(["--repair"] if repair else [])]
        child = Child("check", arguments, cwd=chosen.folder, env=settings | running.settings)
        try:
            while child.wait(0.5) is None:
                pass
        finally:
            child.stop()
    raise typer.Exit(child.status or 0)
