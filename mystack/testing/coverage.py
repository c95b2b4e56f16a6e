"""The coverage of a layer's `api/`, branches included, as its suites measured it."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from mystack.project import ROOT
from mystack.testing.suites import RESULTS, Suite, coverage_data

LEAST = 85
"""Percent."""


def report_coverage(console: Console, suites: Sequence[Suite], *, least: float, results: Path = RESULTS) -> bool:
    """Print the coverage; False when it is below `least` percent, or not known and `least` is above 0."""
    layer, total = suites[0].folder, results / "total.coverage"
    combined = _coverage(layer, total, "combine", "--keep", *(str(coverage_data(suite, results)) for suite in suites))
    reported = _coverage(layer, total, "report", "--format=total", "--precision=1")
    if reported.returncode:
        said = f"{combined.stdout}{combined.stderr}{reported.stdout}{reported.stderr}"
        console.print(f"The coverage of {layer.name}/api is not known: {said}", markup=False)
        return not least
    percent = reported.stdout.strip()
    console.print(f"Branch coverage of {layer.name}/api: {percent} %; at least {least:g} % is required")
    return float(percent) >= least


def _coverage(layer: Path, data: Path, *command: str) -> subprocess.CompletedProcess[str]:
    verb, *options = command
    fixed = [f"--rcfile={ROOT / 'pyproject.toml'}", f"--data-file={data}"]
    line = [sys.executable, "-m", "coverage", verb, *fixed, *options]
    return subprocess.run(line, cwd=layer, capture_output=True, text=True, check=False)
