"""The gates that a run must pass to become the champion: read from a file, applied to two runs."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.services.experiments.runs import Run

ROUNDING = 1e-9


@dataclass(frozen=True)
class Gate:
    """`allowed_drop`: by how much the metric may be worse than the champion's, in the metric's unit."""

    metric: str
    higher_is_better: bool
    allowed_drop: float

    def failed(self, run: Run, champion: Run | None) -> str | None:
        """Why the run does not pass, or None. What the champion's run did not measure, it need not defend."""
        ours, theirs = _value(run, self.metric), _value(champion, self.metric)
        if theirs is None:
            return None
        if ours is None:
            return f"{self.metric} was not measured"
        drop = theirs - ours if self.higher_is_better else ours - theirs
        if drop <= self.allowed_drop + ROUNDING:
            return None
        return f"{self.metric} is {ours:g}, the champion's {theirs:g} (allowed drop {self.allowed_drop:g})"


def read_gates(path: Path) -> list[Gate]:
    """The gates in a file of the form of `gates.toml`. Raises `OSError`, and `ValueError` if it is malformed."""
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("gate", [])
    try:
        gates = [_gate(**row) for row in rows]
    except TypeError as error:
        raise ValueError(f"{path}: {error}") from error
    if not gates:
        raise ValueError(f"{path} has no gate: a champion would never be defended")
    return gates


def failures(gates: Sequence[Gate], run: Run, champion: Run | None) -> list[str]:
    """Why the run may not become the champion; empty if it may."""
    if champion and champion.data != run.data:
        return [f"the champion was measured on other data ({_data(champion)}, this run {_data(run)})"]
    if all(_value(run, gate.metric) is None for gate in gates):
        return ["the run measured no metric of the gates"]
    return [reason for gate in gates if (reason := gate.failed(run, champion))]


def _gate(metric: str, direction: str, allowed_drop: float) -> Gate:
    if direction not in ("higher", "lower") or allowed_drop < 0:
        raise ValueError(f'the gate of {metric!r}: direction is "higher" or "lower", allowed_drop at least 0')
    return Gate(metric, direction == "higher", float(allowed_drop))


def _value(run: Run | None, metric: str) -> float | None:
    return next((each.value for each in run.metrics if each.name == metric), None) if run else None


def _data(run: Run) -> str:
    return f"{run.data.name} {run.data.sha256[:12]}" if run.data else "none"
