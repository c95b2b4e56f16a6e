"""The verb: what is asked for becomes suites, and their outcomes a table."""

from collections.abc import Sequence
from itertools import chain
from typing import Annotated

import typer
from rich.console import Console

from mystack.layers.repository import Repository
from mystack.project import ROOT, Layer, Refusal, all_layers, find_layer
from mystack.testing.choice import carried_tests, repository
from mystack.testing.coverage import LEAST, report_coverage
from mystack.testing.outcomes import Outcome
from mystack.testing.parts import part
from mystack.testing.suites import Suite, processors, run_suites
from mystack.testing.summary import report

SPANNING = "root"
BROWSER = "tests/browser"
WAVES = {BROWSER: 1, "tests/load": 2}
"""Tests that watch what moves on a page, or measure time: no other suite runs beside them."""
QUICK = ("tests/contract", "tests/docs/test_listings.py", "tests/lineage", "tests/smoke")
"""What `mystack test` runs of the tests that span layers."""


def run_tests(
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[LAYER] [-- PYTEST ARGUMENTS]", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Run every test: what CI does.")] = False,
    only: Annotated[str, typer.Option("--part", help="Run one part of all tests, such as layer5-1.")] = "",
) -> None:
    """Run the newest layer's tests, and a smoke test of every layer.

    Tests that a layer carries unchanged from the one before run with their first parameter only.
    LAYER is a number, whose tests all run, or `root` for the tests that span layers, or the name of one of their
    folders. What follows `--` goes to pytest.

    Examples:

        mystack test

        mystack test 2

        mystack test 2 -- -k upload -x

        mystack test --all
    """
    suites, options = ([part(only)], arguments or []) if only else chosen(arguments or [], everything=everything)
    outcomes = run_suites(suites, options)
    console = Console(highlight=False)
    covering = [suite for suite in suites if suite.covers]
    covered = not covering or report_coverage(console, covering, least=0 if options else LEAST)
    report(console, outcomes)
    if not covered or any(is_failure(outcome, options) for outcome in outcomes):
        raise typer.Exit(1)


def chosen(arguments: Sequence[str], *, everything: bool = False) -> tuple[list[Suite], list[str]]:
    """The suites to run, and pytest's arguments."""
    match arguments:
        case [name, *options] if name == SPANNING:
            return spanning(), options
        case [number, *options] if number.isdigit():
            suite = in_full(find_layer(number))
            return [suite] if options else suite.split(processors()), options
        case [name, *options] if found := [
            suite for suite in spanning() if suite.name.partition(" ")[0] == f"tests/{name}"
        ]:
            return found, options
        case [option, *_] if not option.startswith("-"):
            known = f"neither a layer's number nor `{SPANNING}` nor a folder of tests/"
            raise Refusal(f"{option!r} is {known}; pytest's arguments follow `--`")
        case _ if everything:
            return [*every_layer(all_layers(), repository()), *spanning()], list(arguments)
        case _:
            quick = [Suite(name, ROOT, (name,)) for name in QUICK if (ROOT / name).exists()]
            return [*brief(find_layer()).split(processors()), *quick], list(arguments)


def in_full(layer: Layer) -> Suite:
    return Suite(layer.folder.name, layer.folder)


def brief(layer: Layer) -> Suite:
    """The layer's own tests in full, carried ones with their first parameter."""
    return Suite(layer.folder.name, layer.folder, first_only=carried_tests(layer, repository()))


def every_layer(layers: Sequence[Layer], known: Repository | None) -> list[Suite]:
    """The newest layer in full; of the others what was born there and differs, and one test of each carried file."""
    *older, newest = layers
    first = Suite(newest.folder.name, newest.folder, records=True, covers=True).split(processors())
    names = tuple(suite.name for suite in first)
    suites = [Suite(it.folder.name, it.folder, represented=carried_tests(it, known), newest=names) for it in older]
    return [*first, *reversed(suites)]


def spanning() -> list[Suite]:
    """Each folder of the tests that span layers. The browsers run when nothing else does, and the load alone."""
    tests = ROOT / "tests"
    names = sorted({f"tests/{path.relative_to(tests).parts[0]}" for path in tests.rglob("test_*.py")})
    suites = [Suite(name, ROOT, (name,), wave=WAVES.get(name, 0)) for name in names]
    parts = [suite.split(processors()) if suite.name == BROWSER else [suite] for suite in suites]
    return sorted(chain.from_iterable(parts), key=lambda suite: suite.wave)


def is_failure(outcome: Outcome, options: Sequence[str]) -> bool:
    """No test at all is a failure too, unless a selection was asked for or all of them ran elsewhere."""
    return bool(outcome.status) and not (outcome.status == 5 and (options or outcome.record.same_in_newest))
