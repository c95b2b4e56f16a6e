"""Metrics with their targets, and the machine they were measured on, for `mystack bench`, `load` and `eval`."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

MISSED = 1
"""Exit status when a target is missed."""


@dataclass(frozen=True)
class Target:
    """A limit and the sense in which a value must meet it."""

    sense: Literal["≥", "≤", "<"]
    limit: float

    def met(self, value: float) -> bool:
        """Whether the value meets the target; NaN never does."""
        match self.sense:
            case "≥":
                return value >= self.limit
            case "≤":
                return value <= self.limit
            case "<":
                return value < self.limit


@dataclass(frozen=True)
class Metric:
    """One row of a report: a value per column, and the target for the columns `judged`, if there is one.

    `digits` is the number of decimal places.
    """

    name: str
    measured: Sequence[float]
    target: Target | None = None
    unit: str = ""
    digits: int = 3
    judged: slice = field(default_factory=lambda: slice(None))

    @property
    def passed(self) -> bool | None:
        """Whether every judged column meets the target; None without a target."""
        return all(self.target.met(value) for value in self.measured[self.judged]) if self.target else None

    def written(self, value: float) -> str:
        """The formatted value with its unit."""
        return f"{value:,.{self.digits}f} {self.unit}".rstrip()


@dataclass(frozen=True)
class Machine:
    """The machine. `load` is the load average of the last minute before the measurement."""

    cpu: str
    cores: int
    memory_gb: float
    python: str
    load: float

    def __str__(self) -> str:
        system = f"{self.cores} cores, {self.memory_gb:.1f} GB, Python {self.python}"
        return f"{self.cpu}, {system}; load average before: {self.load:.1f}"


@dataclass(frozen=True)
class Report:
    """All metrics of one run; `columns` are the names of their values."""

    title: str
    machine: Machine
    metrics: Sequence[Metric]
    columns: Sequence[str] = ("measured",)

    @property
    def missed(self) -> Sequence[Metric]:
        """The metrics that missed their target."""
        return [metric for metric in self.metrics if metric.passed is False]

    def show(self, console: Console, file: Path | None = None) -> None:
        """Print the table and the machine; also write the report to `file`, if one is given."""
        table = Table("metric", "target", title=f"\n{self.title}", title_justify="left")
        for column in self.columns:
            table.add_column(column, justify="right")
        table.add_column("pass")
        for metric in self.metrics:
            target = f"{metric.target.sense} {metric.written(metric.target.limit)}" if metric.target else ""
            verdict = {None: "", True: "[green]yes[/]", False: "[red]NO[/]"}[metric.passed]
            table.add_row(metric.name, target, *map(metric.written, metric.measured), verdict)
        console.print(table)
        console.print(str(self.machine), markup=False)
        if file:
            self.write(file)

    def write(self, path: Path) -> None:
        """Write the report as JSON."""
        metrics = [
            {
                "name": metric.name,
                "unit": metric.unit,
                "target": asdict(metric.target) if metric.target else None,
                "measured": dict(zip(self.columns, metric.measured, strict=True)),
                "pass": metric.passed,
            }
            for metric in self.metrics
        ]
        whole = {"title": self.title, "machine": asdict(self.machine), "pass": not self.missed, "metrics": metrics}
        path.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def this_machine() -> Machine:
    """The machine this process runs on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(_cpu(), cores, memory / 1e9, platform.python_version(), os.getloadavg()[0])


def _cpu() -> str:
    """The processor's name, or its architecture where the system does not report one."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
