"""One load against an autoscaler as it is rendered, and by each of its kinds of triggers alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from mystack.k8s.replay.plan import Plan
from mystack.k8s.replay.plant import Load, Pods, Run, replay
from mystack.k8s.replay.triggers import Processors, Total

UTILIZATION = 0.6
"""Of the processors of a pod, for what a load is worth in pods."""


@dataclass(frozen=True)
class Row:
    """Seconds are from the moment in which the load was highest for the first time."""

    name: str
    half: int | None
    all: int | None
    ordered: int
    shed: float

    def in_time(self, within: int) -> bool:
        return self.all is not None and self.all <= within

    def __str__(self) -> str:
        return f"{self.name:26}{_after(self.half):>12}{_after(self.all):>12}{self.ordered:>9}{self.shed:>8.1%}"


def rows(plan: Plan, load: Load, pods: Pods, seconds: int) -> Iterator[Row]:
    """As rendered; by requests in flight alone; by the processors alone."""
    peak = max(range(seconds), key=load)
    worth = min(plan.most, -(-load(peak) // (pods.rate * UTILIZATION)))
    plans = (
        ("as rendered", plan),
        ("requests in flight alone", plan.by(Total)),
        ("processors alone", plan.by(Processors)),
    )
    for name, one in plans:
        if one:
            yield _row(name, replay(one, load, pods, seconds), peak, int(worth))


def _row(name: str, run: Run, peak: int, worth: int) -> Row:
    half, whole = (_since(run, number, peak) for number in (-(-worth // 2), worth))
    most = max([number for _, number in run.ordered], default=run.ready[0])
    return Row(name, half, whole, most, run.shed / run.arrived if run.arrived else 0.0)


def _since(run: Run, number: int, peak: int) -> int | None:
    at = run.ready_at(number, peak)
    return None if at is None else at - peak


def seconds_of_a_request(plan: Plan, rate: float) -> float:
    """Such that a pod at its target of requests in flight is at UTILIZATION of its processors, by Little's law."""
    return (plan.target(Total) or 1.0) / (rate * UTILIZATION)


def _after(seconds: int | None) -> str:
    return "never" if seconds is None else f"+{seconds} s"
