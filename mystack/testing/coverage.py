"""The coverage of a layer's `api/`, branches included, as its tests measured it."""

import subprocess
import sys
from pathlib import Path

from rich.console import Console

from mystack.project import ROOT
from mystack.testing.suites import RESULTS, Suite

LEAST = 85
"""Percent."""


def report_coverage(console: Console, suite: Suite, *, hold: bool, results: Path = RESULTS) -> bool:
    """Print the coverage; False when it is below `LEAST` and `hold` says that this is a failure."""
    data = results / f"{suite.stem}.coverage"
    options = [f"--rcfile={ROOT / 'pyproject.toml'}", f"--data-file={data}"]
    command = [sys.executable, "-m", "coverage", "report", *options, "--format=total", "--precision=1"]
    total = subprocess.run(command, cwd=suite.folder, capture_output=True, text=True, check=False)
    if total.returncode:
        console.print(f"No coverage of {suite.name}/api: {total.stdout}{total.stderr}", markup=False)
        return not hold
    console.print(f"Branch coverage of {suite.name}/api: {total.stdout.strip()} %, at least {LEAST} % is required")
    return not hold or float(total.stdout) >= LEAST
