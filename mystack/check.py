"""`mystack check`: everything that can be checked without running the product."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console

from mystack.project import ROOT, all_layers

BIN = Path(sys.executable).parent
CONFIG = ROOT / "pyproject.toml"


@dataclass(frozen=True)
class Step:
    """A tool that says nothing is wrong by exiting with 0."""

    name: str
    command: list[str]
    folder: Path = ROOT


def check() -> None:
    """Lint, format, types, import contracts, and layers in step: one line each, with the output of what failed.

    This is `make check`. It changes nothing: `ruff check --fix`, `ruff format` and `mystack layers sync` do.
    """
    console = Console(highlight=False, soft_wrap=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        failures = [not ok for ok in pool.map(lambda step: _carry_out(step, console), steps())]
    if any(failures):
        console.print(f"{sum(failures)} of {len(failures)} checks failed")
        raise typer.Exit(1)
    console.print(f"all {len(failures)} checks passed")


def steps() -> Iterator[Step]:
    """What is checked; the slowest first."""
    mypy = [str(BIN / "mypy"), "--config-file", str(CONFIG)]
    for layer in reversed(all_layers()):
        yield Step(f"mypy {layer.folder.name}/api", [*mypy, "-p", "api"], layer.folder)
    packages = [name for name in ("mystack", "benchmarks") if (ROOT / name).is_dir()]  # the tag v1.0 has one of them
    yield Step(f"mypy {' '.join(packages)}", [*mypy, *(word for name in packages for word in ("-p", name))])
    yield Step("ruff check", [str(BIN / "ruff"), "check", "."])
    yield Step("ruff format", [str(BIN / "ruff"), "format", "--check", "."])
    for layer in all_layers():
        contracts = [str(BIN / "lint-imports"), "--no-logo", "--config", str(CONFIG)]
        yield Step(f"import contracts {layer.folder.name}", contracts, layer.folder)
    yield Step("layers in step, generated files fresh", [sys.executable, "-m", "mystack", "layers", "check"])


def _carry_out(step: Step, console: Console) -> bool:
    begun = time.monotonic()
    result = subprocess.run(step.command, cwd=step.folder, capture_output=True, text=True, check=False)
    ok = result.returncode == 0
    console.print(f"{'ok    ' if ok else 'FAILED'} {step.name} ({time.monotonic() - begun:.1f} s)", markup=False)
    if not ok:
        console.print(result.stdout + result.stderr, markup=False)
    return ok
