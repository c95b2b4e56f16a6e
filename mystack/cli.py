"""`mystack`: one verb per module."""

import importlib
import importlib.util
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from mystack.ask import ask
from mystack.check import check
from mystack.consistency import check as check_stores
from mystack.ingest import ingest
from mystack.project import Refusal
from mystack.run import run
from mystack.testing.app import run_tests

# Verbs that are groups of their own, imported when they are named: MODULE has a Typer `app`.
GROUPS = {
    "migrate": "mystack.migrate.app",
    "reembed": "mystack.reembed",
    "layers": "mystack.layers",
    "bench": "mystack.bench.app",
    "load": "mystack.load.app",
    "bench-embedder": "mystack.bench.embedder",
    "bench-start": "mystack.bench.start",
    "bench-peers": "mystack.bench.peers.app",
    "fuzz": "mystack.fuzz.app",
    "eval": "mystack.evaluate.app",
}


class Verbs(TyperGroup):
    """The verbs of this module and the groups that exist; a refusal becomes one sentence and status 2."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *(name for name, module in GROUPS.items() if _exists(module))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        module = GROUPS.get(cmd_name)
        if module and _exists(module):
            group = typer.main.get_command(importlib.import_module(module).app)
            group.name = cmd_name
            return group
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            sys.stderr.write(f"mystack: {refusal}\n")
            raise typer.Exit(2) from refusal


def _exists(module: str) -> bool:
    package, _, _ = module.rpartition(".")
    return bool(importlib.util.find_spec(package) and importlib.util.find_spec(module))


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def mystack() -> None:
    """Run, feed, ask, test and measure the layers of MyStack.

    `mystack run` starts the newest layer; `mystack VERB --help` explains each verb, with examples.
    """


app.command()(run)
app.command()(ingest)
app.command()(ask)
app.command("check-stores")(check_stores)
app.command("test", context_settings={"ignore_unknown_options": True})(run_tests)
app.command()(check)
