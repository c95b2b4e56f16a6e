"""What dashboards are made of."""

from dataclasses import dataclass
from typing import Literal

from api.services.dashboards.forms import Form, Match, Rate
from api.services.metrics import names

Unit = Literal["per second", "per minute", "seconds", "share", "count", "bytes", "money", "score", "cores"]
Kind = Literal["number", "lines", "stacked"]

MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True)
class Query:
    """A form, and the name of its lines: `{label}` stands for a label's value."""

    form: Form
    legend: str


@dataclass(frozen=True)
class Panel:
    """`number`: the latest value, in large, of one query without labels. `empty`: what no data means."""

    title: str
    description: str
    unit: Unit
    queries: tuple[Query, ...]
    kind: Kind = "lines"
    empty: str = "Nothing was measured in this time."


@dataclass(frozen=True)
class Dashboard:
    """`name` is its tab and its file."""

    name: str
    title: str
    description: str
    panels: tuple[Panel, ...]


NO_QUESTION = "No question was answered in this time."


def answers(*where: Match, by: tuple[str, ...] = (), scale: float = 1.0) -> Rate:
    """Answers per second, times `scale`."""
    return Rate(names.ANSWERS, by, where, scale=scale)
