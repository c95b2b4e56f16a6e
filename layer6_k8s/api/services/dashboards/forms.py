"""What a panel shows, as data: the PromQL and the evaluation without Prometheus are both derived from it.

    Rate       how fast counters grow, summed by labels
    Ratio      one rate as a share of another
    Quantile   of a histogram's values
    Gauge      the sum of gauges, or the largest or the smallest

`window` is how far back a rate looks: `5m` for Prometheus, `$__rate_interval` for Grafana.
"""

from dataclasses import dataclass
from typing import Literal

from api.services.metrics.names import Series

By = tuple[str, ...]
Over = Literal["sum", "max", "min"]


@dataclass(frozen=True)
class Match:
    """A condition on a label: a regular expression without backslashes and quotes for all of its value."""

    label: str
    pattern: str
    negated: bool = False

    @property
    def promql(self) -> str:
        return f'{self.label}{"!~" if self.negated else "=~"}"{self.pattern}"'


Matches = tuple[Match, ...]


@dataclass(frozen=True)
class Rate:
    """`scale` times the growth per second of a counter, or of a part of a histogram: `suffix` is `_sum` or `_count`.

    `over`: see `Gauge`. With `max`, `by` names all labels of the series.
    """

    series: Series
    by: By = ()
    where: Matches = ()
    suffix: Literal["", "_sum", "_count"] = ""
    scale: float = 1.0
    over: Over = "sum"

    @property
    def samples(self) -> tuple[str, ...]:
        """The names of the samples that are read."""
        return (self.series.name + self.suffix,)

    def promql(self, window: str) -> str:
        rate = f"{self.over}{_by(self.by)}(rate({_selector(self.samples, self.where)}[{window}]))"
        return rate if self.scale == 1 else f"{self.scale:g} * {rate}"


@dataclass(frozen=True)
class Ratio:
    """`part` for each `whole`. Both have the same `by`. Nothing while the whole is 0; a part that is missing is 0."""

    part: Rate
    whole: Rate

    @property
    def by(self) -> By:
        return self.whole.by

    @property
    def samples(self) -> tuple[str, ...]:
        return (*self.part.samples, *self.whole.samples)

    def promql(self, window: str) -> str:
        part, whole = self.part.promql(window), self.whole.promql(window)
        return f"({part} or 0 * {whole}) / ({whole} > 0)"


@dataclass(frozen=True)
class Quantile:
    """The value that a share `q` of a histogram's values does not exceed, interpolated inside its bucket."""

    q: float
    series: Series
    by: By = ()
    where: Matches = ()

    @property
    def samples(self) -> tuple[str, ...]:
        return (f"{self.series.name}_bucket",)

    def promql(self, window: str) -> str:
        buckets = f"sum{_by(('le', *self.by))}(rate({_selector(self.samples, self.where)}[{window}]))"
        return f"histogram_quantile({self.q:g}, {buckets})"


@dataclass(frozen=True)
class Gauge:
    """`over` all processes: `sum` for what each has of its own, `max` for what all read from the same table."""

    series: Series
    by: By = ()
    over: Over = "max"
    where: Matches = ()

    @property
    def samples(self) -> tuple[str, ...]:
        return (self.series.name,)

    def promql(self, window: str) -> str:
        return f"{self.over}{_by(self.by)}({_selector(self.samples, self.where)})"


Form = Rate | Ratio | Quantile | Gauge


def _by(labels: By) -> str:
    return f" by ({', '.join(labels)}) " if labels else ""


def _selector(samples: tuple[str, ...], where: Matches) -> str:
    (name,) = samples
    return f"{name}{{{','.join(match.promql for match in where)}}}" if where else name
