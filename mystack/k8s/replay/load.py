"""Loads to replay: a step, or a recording."""

import csv
from pathlib import Path

from mystack.k8s.replay.plant import Load
from mystack.project import Refusal

STEP_AT = 60


def step(low: float, high: float) -> Load:
    return lambda second: high if second >= STEP_AT else low


def from_file(file: Path) -> Load:
    """A recording: each row holds until the next one. Refuses a file without such rows."""
    try:
        with file.open(newline="") as lines:
            rows = sorted((int(row["second"]), float(row["requests_per_second"])) for row in csv.DictReader(lines))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise Refusal(f"{file} is no recording with the columns second and requests_per_second: {error}") from error
    if not rows:
        raise Refusal(f"{file} has no rows")
    return lambda second: next((rate for at, rate in reversed(rows) if at <= second), 0.0)
