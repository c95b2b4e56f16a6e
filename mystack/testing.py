"""`mystack test`: every suite in a process of its own, since all layers call their package `api`."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from xml.etree import ElementTree

import typer
from rich.console import Console
from rich.table import Table

from mystack.project import ROOT, Layer, Refusal, all_layers, find_layer

SPANNING = "root"
SUITES_AT_ONCE = 2


@dataclass(frozen=True)
class Suite:
    """Tests that run in one process: what pytest is told to collect in `folder`."""

    name: str
    folder: Path
    collected: tuple[str, ...] = ("tests",)
    alone: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a suite went; `status` is pytest's exit status."""

    suite: str
    status: int
    total: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0

    @property
    def passed(self) -> int:
        return self.total - self.failed - self.skipped


def run_tests(
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[LAYER] [-- PYTEST ARGUMENTS]", show_default=False)
    ] = None,
) -> None:
    """Run the tests: each layer's in its own process, and those that span layers.

    LAYER is a number, or `root` for those that span layers. What follows `--` goes to pytest.

    Examples:

        mystack test

        mystack test 2

        mystack test 2 -- -k upload -x
    """
    suites, options = _chosen(arguments or [])
    outcomes = run_suites(suites, options)
    report(Console(highlight=False), outcomes)
    if any(_is_failure(outcome, options) for outcome in outcomes):
        raise typer.Exit(1)


def _chosen(arguments: Sequence[str]) -> tuple[list[Suite], list[str]]:
    """The suites to run, and pytest's arguments."""
    spanning = [
        Suite(SPANNING, ROOT, ("tests", "--ignore=tests/browser")),
        Suite("browser", ROOT, ("tests/browser",), alone=True),  # it takes all that a small machine has
    ]
    match arguments:
        case [name, *options] if name == SPANNING:
            return spanning, options
        case [number, *options] if number.isdigit():
            return [_of(find_layer(number))], options
        case [option, *_] if not option.startswith("-"):
            raise Refusal(f"{option!r} is neither a layer's number nor `{SPANNING}`; pytest's arguments follow `--`")
        case _:
            return [*map(_of, all_layers()), *spanning], list(arguments)


def _of(layer: Layer) -> Suite:
    return Suite(layer.folder.name, layer.folder)


def run_suites(suites: Sequence[Suite], options: Sequence[str]) -> list[Outcome]:
    """Each suite's outcome. Two run at a time, the longest, which are the last, first: they mostly wait.

    Those that have to be alone come after them.
    """
    together = [suite for suite in suites if not suite.alone]
    several = len(together) > 1
    with ThreadPoolExecutor(SUITES_AT_ONCE) as pool:
        running = {it: pool.submit(run_suite, it, options, together=several) for it in reversed(together)}
    return [running[it].result() if it in running else run_suite(it, options) for it in suites]


def run_suite(suite: Suite, options: Sequence[str], *, together: bool = False) -> Outcome:
    """Run pytest in the suite's folder. Where several run together, each line says of which it is."""
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch) / "results.xml"
        command = [sys.executable, "-m", "pytest", *suite.collected, f"--junitxml={results}", *options]
        piped: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        with subprocess.Popen(command, cwd=suite.folder, env=_environment(), **(piped if together else {})) as process:
            for line in process.stdout or ():
                sys.stdout.write(f"{suite.name} │ {line}")
                sys.stdout.flush()
        return _read(suite.name, process.returncode, results)


def _environment() -> dict[str, str]:
    """Ours without what `make test` adds: a test that calls `make` itself must not inherit its flags and variables."""
    from_make = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "LAYER", "PORT", "DATA", "ARGS")
    return {name: value for name, value in os.environ.items() if name not in from_make}


def _read(name: str, status: int, results: Path) -> Outcome:
    if not results.exists():
        return Outcome(name, status)
    suite = next(ElementTree.parse(results).iter("testsuite")).attrib
    failed = int(suite["failures"]) + int(suite["errors"])
    return Outcome(name, status, int(suite["tests"]), failed, int(suite["skipped"]), float(suite["time"]))


def _is_failure(outcome: Outcome, options: Sequence[str]) -> bool:
    """No test at all is a failure too, unless a selection was asked for."""
    return bool(outcome.status) and not (outcome.status == 5 and options)


def report(console: Console, outcomes: Sequence[Outcome]) -> None:
    """A table of the suites, and the sums alone on the last line."""
    table = Table("suite", "passed", "failed", "skipped", "seconds", "status", title="\nTests")
    for it in outcomes:
        cells = [str(it.passed), str(it.failed), str(it.skipped), f"{it.seconds:.1f}"]
        table.add_row(it.suite, *cells, "ok" if it.status == 0 else f"failed ({it.status})")
    console.print(table)
    passed, failed, skipped = (sum(getattr(it, name) for it in outcomes) for name in ("passed", "failed", "skipped"))
    console.print(f"{passed} passed, {failed} failed, {skipped} skipped")
