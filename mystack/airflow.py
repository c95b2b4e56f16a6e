"""The command `mystack airflow`: the DAGs of the newest layer under a local Airflow, in an environment of its own.

Airflow needs other versions of FastAPI and its friends than MyStack, so nothing is shared: the DAGs call MyStack by
HTTP.
"""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mystack.child import stop_on_signals
from mystack.client import LOCAL, ApiKey, Url, client
from mystack.project import ROOT, Refusal, find_layer

VENV = ROOT / ".mystack" / "airflow-venv"
HOME = ROOT / ".mystack" / "airflow"
STOP_SECONDS = 60.0
LAST_LINES = 8
DROPPED = ("PYTHON", "VIRTUAL_ENV", "AIRFLOW")
"""Beginnings of the names of variables that would lead Airflow to our packages, or to other settings."""

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
        raise typer.Exit(supervise(folder, python, HOME, port, environment_for(url, api_key)))
    except KeyboardInterrupt:
        console.print("\nStopped.")


def environment_of_airflow(folder: Path, venv: Path, console: Console) -> Path:
    """The interpreter of the environment, which is made if it is missing or old. Refuses if that fails."""
    pins, wanted, stamp = folder / "constraints.txt", folder / "requirements.txt", venv / "installed"
    fingerprint = hashlib.sha256(sys.version.encode() + pins.read_bytes() + wanted.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != fingerprint:
        console.print(f"Installing Airflow in {venv}; this takes minutes …")
        _run([sys.executable, "-m", "venv", "--clear", str(venv)])
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        _run([*pip, "-c", str(pins), "-r", str(wanted)])
        stamp.write_text(fingerprint)
    return venv / "bin" / "python"


def environment_for(url: str, api_key: str | None) -> dict[str, str]:
    """What Airflow gets: two variables, and of ours what does not lead to our packages."""
    with client(url, api_key) as http:
        key = http.headers.get("Authorization", "").removeprefix("Bearer ")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
    return kept | {"MYSTACK_URL": url, "MYSTACK_API_KEY": key}


def supervise(folder: Path, python: Path, home: Path, port: int, env: Mapping[str, str]) -> int:
    """Run `start.py` until it ends or this process is interrupted; returns its exit status."""
    command = [str(python), str(folder / "start.py"), "--port", str(port), "--while-stdin", str(home)]
    # A process group of its own, so that Ctrl-C does not reach it directly; it ends when the pipe is closed.
    process = subprocess.Popen(command, env=dict(env), stdin=subprocess.PIPE, start_new_session=True)
    try:
        return process.wait()
    finally:
        if process.stdin:
            process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _run(command: list[str]) -> None:
    """Refuses a command that fails, with the last lines of its output."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        lines = "\n".join(f"  {line}" for line in done.stdout.strip().splitlines()[-LAST_LINES:])
        raise Refusal(f"Airflow could not be installed:\n{lines}")
