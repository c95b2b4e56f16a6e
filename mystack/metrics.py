"""What was measured, against what was promised, on which machine: for `mystack bench` and `mystack eval`."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

MISSED = 1
"""Exit status when a target is missed."""


@dataclass(frozen=True)
class Target:
    """`at least` or `at most` a limit, which itself is good enough."""

    sense: Literal["≥", "≤", "<"]
    limit: float

    def met(self, value: float) -> bool:
        """Whether the value is good enough; what is not a number never is."""
        match self.sense:
            case "≥":
                return value >= self.limit
            case "≤":
                return value <= self.limit
            case "<":
                return value < self.limit


@dataclass(frozen=True)
class Metric:
    """One line of a report: a value for each column, and what is promised of all of them.

    Without a target it is there to be known. `digits` are those behind the point.
    """

    name: str
    measured: Sequence[float]
    target: Target | None = None
    unit: str = ""
    digits: int = 3

    @property
    def passed(self) -> bool | None:
        """Whether every column meets the target; None without one."""
        return all(self.target.met(value) for value in self.measured) if self.target else None

    def written(self, value: float) -> str:
        """The value as it is printed, with its unit."""
        return f"{value:,.{self.digits}f} {self.unit}".rstrip()


@dataclass(frozen=True)
class Machine:
    """Where it was measured. `load` is the load average of the last minute, before the measurement began."""

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
    """All metrics of one run; `columns` name their values."""

    title: str
    machine: Machine
    metrics: Sequence[Metric]
    columns: Sequence[str] = ("measured",)

    @property
    def missed(self) -> Sequence[Metric]:
        """The metrics whose target was not met."""
        return [metric for metric in self.metrics if metric.passed is False]

    def show(self, console: Console, file: Path | None = None) -> None:
        """Print it as a table, and the machine below; write it to the file, too, if one is named."""
        table = Table("metric", "target", title=f"\n{self.title}", title_justify="left")
        for column in self.columns:
            table.add_column(column, justify="right")
        table.add_column("pass")
        for it in self.metrics:
            target = f"{it.target.sense} {it.written(it.target.limit)}" if it.target else ""
            verdict = {None: "", True: "[green]yes[/]", False: "[red]NO[/]"}[it.passed]
            table.add_row(it.name, target, *map(it.written, it.measured), verdict)
        console.print(table)
        console.print(str(self.machine), markup=False)
        if file:
            self.write(file)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        metrics = [
            {
                "name": it.name,
                "unit": it.unit,
                "target": asdict(it.target) if it.target else None,
                "measured": dict(zip(self.columns, it.measured, strict=True)),
                "pass": it.passed,
            }
            for it in self.metrics
        ]
        whole = {"title": self.title, "machine": asdict(self.machine), "pass": not self.missed, "metrics": metrics}
        path.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def this_machine() -> Machine:
    """The machine that we run on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(_cpu(), cores, memory / 1e9, platform.python_version(), os.getloadavg()[0])


def _cpu() -> str:
    """The processor's name where the system tells it, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
