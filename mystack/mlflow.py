"""The command `mystack mlflow`: a local MLflow server, in an environment of its own, for runs and champions.

MLflow needs other versions of FastAPI and its friends than MyStack, so nothing is shared: the service mirrors its runs
there over HTTP.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mystack.child import stop_on_signals
from mystack.own_environment import environment_of, kept_variables, supervise
from mystack.project import ROOT, Refusal, find_layer
from mystack.server import listen

VENV = ROOT / ".mystack" / "mlflow-venv"
HOME = ROOT / ".mystack" / "mlflow"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("mlflow")
def mlflow(
    port: Annotated[int, typer.Option(help="Port of MLflow, on 127.0.0.1.", min=1, max=65535)] = 5000,
    install: Annotated[bool, typer.Option("--install", help="Only make the environment, and end.")] = False,
) -> None:
    """Run a local MLflow server, which shows the recorded runs and champions of a layer 5 with MLFLOW_URL set.

    The first start installs MLflow in `.mystack/mlflow-venv`, about 800 MB. Its data are kept in `.mystack/mlflow`.
    MLflow listens on this machine only, since nobody logs in; it runs no jobs and sends no telemetry. It needs about
    400 MB of memory. Ctrl-C stops it.

    Examples:

        mystack mlflow

        MLFLOW_URL=http://127.0.0.1:5000 mystack run 5
    """
    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    folder = find_layer().folder / "mlflow"
    if not folder.is_dir():
        raise Refusal("this layer has no experiments: they begin with layer 5")
    if not install:
        listen("127.0.0.1", port, "--port").close()
    try:
        python = environment_of("MLflow", folder, VENV, console)
        if install:
            return
        console.print("Starting MLflow …")
        raise typer.Exit(supervise(command(folder, python, HOME, port), kept_variables("MLFLOW")))
    except KeyboardInterrupt:
        console.print("\nStopped.")


def command(folder: Path, python: Path, home: Path, port: int) -> list[str]:
    """The command that runs `start.py` until its standard input is closed."""
    return [str(python), str(folder / "start.py"), "--port", str(port), "--while-stdin", str(home)]
