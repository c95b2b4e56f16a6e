"""The command `mystack fuzz`."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from mystack.child import stop_on_signals
from mystack.fresh import fresh_server
from mystack.project import all_layers, find_layer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

RULES = Path(__file__).with_name("schemathesis.toml")
API_KEY = "a-key-to-fuzz-with"


@app.command()
def fuzz(
    layer: Annotated[str | None, typer.Argument(help="Number of the layer.", show_default="all")] = None,
    examples: Annotated[int, typer.Option(min=1, help="Random requests per operation.")] = 100,
    seed: Annotated[int | None, typer.Option(help="Seed of a failed run, to repeat it.")] = None,
) -> None:
    """Fuzz every endpoint: no 5xx, and every response matches the OpenAPI document. Exits with 1 on a failure.

    Each layer is started twice with data of its own, without an API key and with one.

    Example: mystack fuzz 2 --examples 500
    """
    stop_on_signals()
    failed = []
    for chosen in [find_layer(layer)] if layer else all_layers():
        for key in (None, API_KEY):
            what = f"layer {chosen.number}, {'with' if key else 'without'} an API key"
            print(f"\n── {what}", flush=True)  # noqa: T201
            with fresh_server(chosen, {"API_KEY": key} if key else {}) as server:
                options = ["--max-examples", str(examples), *(["--seed", str(seed)] if seed is not None else [])]
                if attack(server.url, key, options).returncode:
                    failed.append(what)
    if failed:
        sys.stderr.write(f"mystack: responses that do not match the OpenAPI document: {'; '.join(failed)}\n")
        raise typer.Exit(1)


def attack(url: str, key: str | None, options: list[str], *, capture: bool = False) -> subprocess.CompletedProcess[str]:
    """Run Schemathesis against the layer at `url`; `options` are those of its command `run`."""
    header = ["--header", f"Authorization: Bearer {key}"] if key else []
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(RULES), "run", f"{url}/openapi.json"]
    with tempfile.TemporaryDirectory(prefix="mystack-fuzz-") as scratch:  # the folder of its examples
        return subprocess.run([*command, *header, *options], cwd=scratch, text=True, capture_output=capture)
