"""The commands of `mystack layers`. The command line that mounts them prints a `Refusal`."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from mystack.layers import rules, steps, tags
from mystack.layers import sync as walk
from mystack.layers.repository import OWN, Repository, git, number_of
from mystack.project import Refusal

app = typer.Typer(
    help="Keep the layers in step: show, check and carry their differences.", no_args_is_help=True, add_completion=False
)


@app.command()
def status() -> None:
    """Show the number of files that each layer carries, changes, adds and removes, and whether it is in step."""
    repo, row = _repository(), "{:24}{:>8}{:>8}{:>8}{:>8}  {}"
    typer.echo(row.format("layer", "carried", "changed", "new", "removed", "state"))
    for layer in repo.layers:
        found, broken = Counter(repo.fates(layer).values()), len(list(rules.breaches(repo, layer)))
        counts = [found[fate] for fate in ("carried", "changed", "new", "removed")]
        typer.echo(row.format(layer.folder, *counts, f"{broken} to fix: see `check`" if broken else "in step"))


@app.command()
def diff(number: Annotated[int, typer.Argument(metavar="N", help="The layer's number.")]) -> None:
    """Show the difference between layer N and the one before: tree, reasons and changed lines."""
    repo = _repository()
    pages = [steps.page(repo, layer, "") for layer in repo.layers if layer.number == number]
    if not pages:
        raise Refusal(f"there is no layer {number}, only {', '.join(str(layer.number) for layer in repo.layers)}")
    typer.echo(pages[0], nl=False)


@app.command()
def why(path: Annotated[str, typer.Argument(help="A file, with or without its layer's folder.")]) -> None:
    """Show where a file was born, where it was changed or removed, and why."""
    repo, inner = _repository(), path.partition("/")[2] if number_of(path) else path
    fates = [(layer, repo.fates(layer)[inner]) for layer in repo.layers if inner in repo.fates(layer)]
    if not fates:
        found = "belongs to each layer itself and is never compared" if inner in OWN else "is in no layer"
        raise Refusal(f"{inner} {found}; `mystack layers diff N` shows the paths")
    for layer, fate in fates:
        reason = f": {layer.reason(inner)}" if fate != "carried" and layer.reason(inner) else ""
        typer.echo(f"{layer.folder:24}{'born' if fate == 'new' else fate}{reason}")


@app.command()
def check() -> None:
    """Check the rules; a broken rule is one sentence that says how to fix it."""
    repo = _repository()
    if problems := rules.check(repo):
        raise Refusal("the layers are not in step.\n" + "\n".join(problems))
    typer.echo(f"{len(repo.layers)} layers are in step.")


@app.command()
def sync(test: Annotated[bool, typer.Option(help="Run the tests of the layers that were written.")] = True) -> None:
    """Carry files to the later layers, merge changed ones, and write the lock and the step pages."""
    written: list[Path] = []
    try:
        walk.sync(_repository().root, typer.echo, written)
    finally:  # also when a later layer stopped the walk
        failed = [folder.name for folder in written if test and not _tests_pass(folder)]
        for folder in failed:
            typer.echo(f"The tests of {folder} fail: fix the origin of the carried files.", err=True)
    if failed:
        raise typer.Exit(1)
    typer.echo(f"{len(written)} layers were written." if written else "There was nothing to carry.")


@app.command(name="tags")
def make_tags() -> None:
    """Make the local tags v1.0, v2.0, … from the last commit; vN.0 holds the layers up to N."""
    for tag, commit in tags.build(_repository().root):
        typer.echo(f"{tag}  {commit}")


def _tests_pass(folder: Path) -> bool:
    """Run a layer's tests in a process of their own, because every layer's package is called `api`."""
    typer.echo(f"testing {folder.name}")
    return not subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=folder).returncode


def _repository() -> Repository:
    """The repository around the working directory."""
    return Repository(Path(git(Path.cwd(), "rev-parse", "--show-toplevel").rstrip("\n")))
