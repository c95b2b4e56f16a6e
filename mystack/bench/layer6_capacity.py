"""How many pods and processors of the database a number of users needs, from the processor time of a request."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mystack.load.processors import API, DATABASE, STAGES
from mystack.metrics import Report
from mystack.project import ROOT

PAGE = ROOT / "docs" / "layer6" / "05-capacity-and-cost.md"
"""The guide that shows what was measured."""
USERS = 10_000
THINKING = (10, 30)
"""Seconds that a user takes between an answer and the next question."""
USED = 0.6
"""The share of its processor that a pod uses, as the autoscaler's target says; the rest is for the next minute."""
SEARCH, CHAT, AGAIN = "/search, new", "/chat, new", "/chat, asked before"
KINDS = (SEARCH, CHAT, AGAIN)
Costs = Mapping[str, Mapping[str, float]]
"""Milliseconds by kind of request and stage."""


@dataclass(frozen=True)
class Mix:
    """Shares of the kinds of requests; they add up to 1."""

    name: str
    shares: Mapping[str, float]

    def milliseconds(self, costs: Costs, stages: Sequence[str]) -> float:
        """Processor time of these stages for one request."""
        return sum(share * costs[kind][stage] for kind, share in self.shares.items() for stage in stages)


HALF = Mix("half searches, half answers, all new", {SEARCH: 0.5, CHAT: 0.5})
MIXES = (
    Mix("searches, all new", {SEARCH: 1.0}),
    Mix("answers, all new", {CHAT: 1.0}),
    HALF,
    Mix("answers, 70 % asked before", {CHAT: 0.3, AGAIN: 0.7}),
)


def processors(rate: float, milliseconds: float) -> float:
    """Processors that `rate` requests per second need, at `USED`."""
    return rate * milliseconds / 1000 / USED


def pods(rate: float, milliseconds: float) -> int:
    """Pods of one processor."""
    return max(1, math.ceil(processors(rate, milliseconds)))


def name(kind: str, stage: str) -> str:
    """The name of a metric of a report."""
    return f"{kind}: processor time, {stage}"


def costs_of(report: Report) -> Costs:
    """The costs that a report of layer 6 holds."""
    values = {metric.name: metric.measured[0] for metric in report.metrics}
    return {kind: {stage: values[name(kind, stage)] for stage in STAGES} for kind in KINDS}


def section(report: Report) -> str:
    """The tables of a report as Markdown: every metric, where the time goes, and what users need."""
    costs = costs_of(report)
    lines = [f"{report.machine}.", "", "| metric | target | measured |", "|---|---|---|"]
    for metric in report.metrics:
        if ": processor time, " not in metric.name:
            target = f"{metric.target.sense} {metric.written(metric.target.limit)}" if metric.target else ""
            missed = " (missed)" if metric.passed is False else ""
            lines.append(f"| {metric.name} | {target} | {metric.written(metric.measured[0])}{missed} |")
    lines += ["", f"| processor time of a request, ms | {' | '.join(STAGES)} | all |", "|---" * (len(STAGES) + 2) + "|"]
    for kind in KINDS:
        values = [*costs[kind].values(), sum(costs[kind].values())]
        lines.append(f"| {kind} | {' | '.join(f'{value:.1f}' for value in values)} |")
    return "\n".join([*lines, "", *capacity(costs)])


def capacity(costs: Costs) -> list[str]:
    """The rows of the table of capacity."""
    heads = [f"{what}, {think} s" for think in THINKING for what in ("pods", "processors of the database")]
    lines = [f"| {USERS:,} users who ask | API, ms | {' | '.join(heads)} |", "|---" * (len(heads) + 2) + "|"]
    for mix in MIXES:
        api, database = mix.milliseconds(costs, API), mix.milliseconds(costs, [DATABASE])
        cells = [f"{api:.1f}"]
        for think in THINKING:
            rate = USERS / think
            cells += [str(pods(rate, api)), f"{processors(rate, database):.1f}"]
        lines.append(f"| {mix.name} | {' | '.join(cells)} |")
    return lines
