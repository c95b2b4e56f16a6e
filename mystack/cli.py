"""`mystack`: one command per module."""

import importlib
import importlib.util
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from mystack.ask import ask
from mystack.check import check
from mystack.ingest import ingest
from mystack.project import Refusal
from mystack.run import run
from mystack.testing.app import run_tests

# The commands in the order of the help, by panel.
PANELS = {
    "Use MyStack": (
        "run",
        "ingest",
        "ask",
        "sources",
        "jobs",
        "worker",
        "schedule",
        "airflow",
        "monitor",
        "mlflow",
        "deploy",
        "k8s",
        "models",
    ),
    "Manage tenants": ("tenants",),
    "Manage stored documents": ("migrate", "reembed", "reprocess", "check-stores"),
    "Measure": ("eval", "fit", "promote", "ab", "bench", "load", "bench-start"),
    "Develop MyStack": ("test", "check", "fuzz", "layers"),
}
# Commands that are imported when they are named, if the checkout has them: MODULE has a Typer `app`.
MODULES = {
    "worker": "mystack.worker",
    "jobs": "mystack.jobs",
    "schedule": "mystack.schedule",
    "airflow": "mystack.airflow",
    "monitor": "mystack.monitor",
    "mlflow": "mystack.mlflow",
    "deploy": "mystack.deploy.app",
    "k8s": "mystack.k8s.app",
    "models": "mystack.models",
    "sources": "mystack.sources",
    "tenants": "mystack.tenants",
    "migrate": "mystack.migrate.app",
    "reembed": "mystack.reembed",
    "reprocess": "mystack.reprocess",
    "check-stores": "mystack.check_stores",
    "eval": "mystack.evaluate.app",
    "fit": "mystack.fitting.app",
    "promote": "mystack.promote",
    "ab": "mystack.ab",
    "bench": "mystack.bench.app",
    "load": "mystack.load.app",
    "bench-start": "mystack.bench.start",
    "fuzz": "mystack.fuzz.app",
    "layers": "mystack.layers",
}


class Commands(TyperGroup):
    """The commands of this module and of `MODULES`; a refusal becomes one sentence and exit status 2."""

    def list_commands(self, ctx: Any) -> list[str]:
        present = {*super().list_commands(ctx), *(name for name, module in MODULES.items() if _exists(module))}
        return [name for names in PANELS.values() for name in names if name in present]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        module = MODULES.get(cmd_name)
        if module and _exists(module):
            command: Any = typer.main.get_command(importlib.import_module(module).app)
            command.name = cmd_name
        else:
            command = super().get_command(ctx, cmd_name)
        if command:
            command.rich_help_panel = next(panel for panel, names in PANELS.items() if cmd_name in names)
        return command

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
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def mystack() -> None:
    """Run MyStack, add documents, ask questions, and measure or develop its layers.

    `mystack run` starts the newest layer; `mystack COMMAND --help` explains a command, with examples.
    """


app.command()(run)
app.command()(ingest)
app.command()(ask)
app.command("test", context_settings={"ignore_unknown_options": True})(run_tests)
app.command()(check)
