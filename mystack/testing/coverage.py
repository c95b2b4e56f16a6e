"""The coverage of a layer's `api/`, branches included, as its suites measured it."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from mystack.testing.suites import RESULTS, Suite, coverage_data

LEAST = 85
"""Percent."""


def report_coverage(console: Console, suites: Sequence[Suite], *, least: float, results: Path = RESULTS) -> bool:
    """Print the coverage; False when it is below `least` percent, or not known and `least` is above 0."""
    layer, total = suites[0].folder, results / "total.coverage.json"
    measured = [str(coverage_data(suite, results)) for suite in suites]
    merge = [sys.executable, "-m", "slipcover", "--branch", "--merge", *measured, "--json", "--out", str(total)]
    total.unlink(missing_ok=True)
    merged = subprocess.run(merge, cwd=layer, capture_output=True, text=True, check=False)
    if not total.exists():
        said = f"{merged.stdout}{merged.stderr}"
        console.print(f"The coverage of {layer.name}/api is not known: {said}", markup=False)
        return not least
    percent = float(json.loads(total.read_text())["summary"]["percent_covered"])
    console.print(f"Branch coverage of {layer.name}/api: {percent:.1f} %; at least {least:g} % is required")
    return percent >= least
