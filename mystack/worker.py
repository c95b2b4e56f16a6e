"""The command `mystack worker`."""

from typing import Annotated

import typer

from mystack.child import Child, stop_on_signals
from mystack.installed import require_dependencies
from mystack.project import Refusal, find_layer
from mystack.settings import environment

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
NEEDED = ("DATABASE_URL", "REDIS_URL")


@app.command("worker")
def worker(
    layer: Annotated[str | None, typer.Argument(help="Number of the layer.", show_default="the newest")] = None,
) -> None:
    """Start a further worker, here or on another machine.

    It needs the settings of the service, at least DATABASE_URL and REDIS_URL, in the environment or in `.env`.
    `mystack run` starts one worker by itself. Ctrl-C lets running jobs finish for a moment; what does not finish is
    given to another worker.

    Example:

        DATABASE_URL=postgresql://… REDIS_URL=redis://… mystack worker
    """
    stop_on_signals()
    chosen = find_layer(layer)
    require_dependencies(chosen)
    if not (chosen.folder / "api" / "entrypoints" / "worker.py").exists():
        raise Refusal(f"layer {chosen.number} has no workers: it reads documents while the client waits")
    env = environment()
    missing = [name for name in NEEDED if not env.get(name)]
    if missing:
        raise Refusal(f"a worker needs {' and '.join(missing)}: the addresses that the service uses")
    child = Child("worker", ["api.entrypoints.worker"], cwd=chosen.folder, env=env)
    try:
        while child.wait(1.0) is None:
            pass
    except KeyboardInterrupt:
        pass
    finally:
        child.stop()
    raise typer.Exit(child.status or 0)
