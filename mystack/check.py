"""`mystack check`: everything that can be checked without running the product."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console

from mystack.project import ROOT, all_layers

BIN = Path(sys.executable).parent
CONFIG = ROOT / "pyproject.toml"
PACKAGES = ("layer*_*/api", "mystack", "benchmarks")
REVISIONS = "api/migrations/versions"
"""Alembic reads its revisions as files: these folders are no packages."""


@dataclass(frozen=True)
class Step:
    """One check; it returns what is wrong, or nothing."""

    name: str
    find: Callable[[], str]


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
    mypy: list[str | Path] = [BIN / "mypy", "--config-file", CONFIG]
    *older, newest = all_layers()
    yield _tool(f"mypy {newest.folder.name}/api and tests", [*mypy, "-p", "api", "-p", "tests"], newest.folder)
    for layer in reversed(older):
        yield _tool(f"mypy {layer.folder.name}/api", [*mypy, "-p", "api"], layer.folder)
    packages = [name for name in ("mystack", "benchmarks") if (ROOT / name).is_dir()]  # the tag v1.0 has one of them
    yield _tool(f"mypy {' '.join(packages)}", [*mypy, *(word for name in packages for word in ("-p", name))])
    yield _tool("ruff check", [BIN / "ruff", "check", "."])
    yield _tool("ruff format", [BIN / "ruff", "format", "--check", "."])
    for layer in all_layers():
        contracts: list[str | Path] = [BIN / "lint-imports", "--no-logo", "--config", CONFIG]
        yield _tool(f"import contracts {layer.folder.name}", contracts, layer.folder)
    yield Step("every Python folder is a package", lambda: "\n".join(without_init(ROOT)))
    yield _tool("layers in step, generated files fresh", [sys.executable, "-m", "mystack", "layers", "check"])


def _tool(name: str, command: Sequence[str | Path], folder: Path = ROOT) -> Step:
    """A step that runs a program, which exits with 0 when nothing is wrong."""

    def find() -> str:
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        return (result.stdout + result.stderr or f"exit status {result.returncode}") if result.returncode else ""

    return Step(name, find)


def without_init(root: Path) -> list[str]:
    """A sentence for each folder of Python files without `__init__.py`: import-linter does not read such a folder."""
    files = (path for pattern in PACKAGES for package in root.glob(pattern) for path in package.rglob("*.py"))
    folders = sorted({path.parent for path in files if not (path.parent / "__init__.py").exists()})
    names = (folder.relative_to(root).as_posix() for folder in folders)
    return [f"{name} has no __init__.py: add an empty one." for name in names if REVISIONS not in name]


def _carry_out(step: Step, console: Console) -> bool:
    begun = time.monotonic()
    wrong = step.find()
    state = "FAILED" if wrong else "ok    "
    console.print(f"{state} {step.name} ({time.monotonic() - begun:.1f} s)", markup=False)
    if wrong:
        console.print(wrong, markup=False)
    return not wrong
