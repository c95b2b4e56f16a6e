"""The command `mystack airflow`: the DAGs of the newest layer under a local Airflow, in an environment of its own.

Airflow needs other versions of FastAPI and its friends than MyStack, so nothing is shared: the DAGs call MyStack by
HTTP.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mystack.child import stop_on_signals
from mystack.client import LOCAL, ApiKey, Url, client
from mystack.own_environment import environment_of, kept_variables, supervise
from mystack.project import ROOT, Refusal, find_layer

VENV = ROOT / ".mystack" / "airflow-venv"
HOME = ROOT / ".mystack" / "airflow"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("airflow")
def airflow(
    url: Url = LOCAL,
    api_key: ApiKey = None,
    port: Annotated[int, typer.Option(help="Port of Airflow's page, on 127.0.0.1.", min=1, max=65535)] = 8080,
    install: Annotated[bool, typer.Option("--install", help="Only make the environment, and end.")] = False,
) -> None:
    """Run the three DAGs under a local Airflow: for a try, and to see what they do.

    The first start installs Airflow in `.mystack/airflow-venv`, about 300 MB. The runs are kept in `.mystack/airflow`.
    Airflow listens on this machine only, since nobody logs in. It needs about 500 MB of memory; `mystack schedule` does
    the same without it. Ctrl-C stops everything.

    Examples:

        mystack airflow

        mystack airflow --url http://127.0.0.1:8123 --port 8081
    """
    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    folder = find_layer().folder / "airflow"
    if not folder.is_dir():
        raise Refusal("this layer has no DAGs: they begin with layer 4")
    try:
        python = environment_of_airflow(folder, VENV, console)
        if install:
            return
        console.print("Starting Airflow …")
        raise typer.Exit(supervise(command(folder, python, HOME, port), environment_for(url, api_key)))
    except KeyboardInterrupt:
        console.print("\nStopped.")


def environment_of_airflow(folder: Path, venv: Path, console: Console) -> Path:
    """The interpreter of Airflow's environment, which is made if it is missing or old. Refuses if that fails."""
    return environment_of("Airflow", folder, venv, console)


def environment_for(url: str, api_key: str | None) -> dict[str, str]:
    """What Airflow gets: two variables, and of ours what does not lead to our packages or to other settings."""
    with client(url, api_key) as http:
        key = http.headers.get("Authorization", "").removeprefix("Bearer ")
    return kept_variables("AIRFLOW") | {"MYSTACK_URL": url, "MYSTACK_API_KEY": key}


def command(folder: Path, python: Path, home: Path, port: int) -> list[str]:
    """The command that runs `start.py` until its standard input is closed."""
    return [str(python), str(folder / "start.py"), "--port", str(port), "--while-stdin", str(home)]
