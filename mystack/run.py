"""The command `mystack run`."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import httpx2
import typer
from rich.console import Console

from mystack.child import stop_on_signals
from mystack.client import LOCAL
from mystack.installed import require_dependencies
from mystack.project import find_layer
from mystack.server import Server, serving
from mystack.settings import environment

CRASHED = 1
NAMES = {"mongodb": "MongoDB", "postgresql": "PostgreSQL", "redis": "Redis"}


def run(
    layer: Annotated[str | None, typer.Argument(help="Number of the layer.", show_default="the newest")] = None,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    data: Annotated[
        Path | None, typer.Option(help="Data folder of the embedded services.", show_default=".mystack/layerN")
    ] = None,
) -> None:
    """Start a layer with the services it needs, and print its URL.

    Settings come from the environment and from `.env` in the repository's root; `.env.example` explains them. Data is
    kept in the data folder between runs. If MONGODB_URL, QDRANT_URL or DATABASE_URL is set, that server is used instead
    of the embedded one. Ctrl-C stops the layer and its services.

    Examples:

        mystack run

        mystack run 1 --port 8123

        LLM_PROVIDER=ollama mystack run 2 --data ~/mystack-data
    """
    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    chosen = find_layer(layer)
    require_dependencies(chosen)
    folder = chosen.data(data)
    begun = time.monotonic()
    console.print(f"Starting {chosen.folder.name} …")
    env = environment()

    def on_progress(text: str) -> None:
        console.print(f"  {text} ({time.monotonic() - begun:.1f} s)", markup=False)

    try:
        with serving(chosen, folder, host=host, port=port, env=env, on_progress=on_progress) as server:
            announce(console, server, folder, time.monotonic() - begun)
            console.print(f"\nTry: {hint(server, env)}\n\nCtrl-C stops everything.\n", markup=False)
            raise typer.Exit(watch(server))
    except KeyboardInterrupt:
        console.print("\nStopped.")


def watch(server: Server) -> int:
    """Wait until one of the server's processes ends by itself; reports it and returns the exit status."""
    while not (gone := server.stopped()):
        server.app.wait(0.5)
        for report in server.tend():
            sys.stderr.write(f"mystack: {report}\n")
    sys.stderr.write(f"mystack: {gone.name} ended unexpectedly (status {gone.status}); stopping the rest\n")
    return CRASHED


def announce(console: Console, server: Server, folder: Path, seconds: float) -> None:
    """Print the URLs, and the state of each dependency."""
    health = httpx2.get(server.url + "/health", timeout=10, trust_env=False).json()
    console.print(f"\n[bold]MyStack layer {server.layer.number} is ready[/] ({seconds:.1f} s)\n")
    rows = [("Page", server.url + "/"), ("API", server.url + "/docs")]
    rows += [dependency(entry, server.services.kinds) for entry in health["dependencies"]]
    rows += [("Data", str(folder))] if server.services.settings else []
    for name, value in rows:
        console.print(f"  {name:<16} {value}", markup=False)


def hint(server: Server, env: Mapping[str, str]) -> str:
    """A first thing to try."""
    if server.services.kinds:
        where = "" if server.url == LOCAL else f" --url {server.url}"
        return f"open the page, drop a PDF on it, and ask about it; or `.venv/bin/mystack ingest docs{where}`."
    key = ' -H "Authorization: Bearer $API_KEY"' if env.get("API_KEY") else ""
    question = """'{"message": "Dogs sleep 12 hours a day, cats 16.\\n\\nHow long do cats sleep?"}'"""
    return f"curl -s {server.url}/chat -H 'content-type: application/json'{key} -d {question}"


def dependency(health: Mapping[str, str], kinds: Mapping[str, str]) -> tuple[str, str]:
    """The name and the state of one dependency in the health report."""
    name = NAMES.get(health["name"], health["name"].replace("_", " ").capitalize())
    kind = kinds.get(health["name"])
    return name, f"{health['status']}: {health['reason']}" + (f" ({kind})" if kind else "")
