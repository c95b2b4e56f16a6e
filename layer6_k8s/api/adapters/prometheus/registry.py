"""The port `Metrics` by prometheus-client, in one process, with a registry of its own.

Exemplars lead from a slow request to its trace. They are kept for histograms, and shown where OpenMetrics is asked for.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics

from api.services.metrics.history import Sample
from api.services.metrics.names import Series, all_series

MOST_CHILDREN = 2_000
"""Sets of label values of one series. There are far fewer; beyond that number they would be somebody's mistake."""
OTHER = "other"

TraceId = Callable[[], str | None]
"""The id of the trace that is being recorded, in hexadecimal, if there is one."""


def no_trace() -> str | None:
    return None


class PrometheusMetrics:
    """Counters and histograms may be used from any thread."""

    def __init__(self, trace_id: TraceId = no_trace) -> None:
        # The times at which counters began would be a third of all samples.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.trace_id = trace_id
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._families = {series: _family(series, self.registry) for series in all_series()}
        self._children: dict[tuple[Series, tuple[tuple[str, str], ...]], Any] = {}
        self._number = dict.fromkeys(self._families, 0)
        for series in self._families:
            for values in series.begin:
                self._child(series, dict(zip(series.labels, values, strict=True)))

    def count(self, name: Series, amount: float = 1, **labels: str) -> None:
        """See `Metrics`. A model's server may report tokens that are negative: they are not counted."""
        child = self._child(name, labels)
        if 0 < amount < math.inf:
            child.inc(amount)

    def observe(self, name: Series, value: float, **labels: str) -> None:
        """See `Metrics`. One value that is no number would make the sum of all others none."""
        if not math.isfinite(value):
            return
        trace = self.trace_id()
        self._child(name, labels).observe(value, {"trace_id": trace} if trace else None)

    def gauge(self, name: Series, value: float, **labels: str) -> None:
        """See `Metrics`."""
        self._child(name, labels).set(value)

    def samples(self) -> Iterator[Sample]:
        """All values of now."""
        for family in self.registry.collect():
            for sample in family.samples:
                yield Sample(sample.name, sample.labels, sample.value)

    def _child(self, series: Series, labels: dict[str, str]) -> Any:
        """The series with these values of its labels, found again without the checks of the library."""
        key = (series, tuple(labels.items()))
        child = self._children.get(key)
        if child is not None:
            return child
        family = self._families[series]
        if not series.labels:
            return family
        if self._number[series] >= MOST_CHILDREN:
            return family.labels(**dict.fromkeys(series.labels, OTHER))
        self._number[series] += 1
        child = self._children[key] = family.labels(**labels)
        return child


def _family(series: Series, registry: CollectorRegistry) -> Any:
    match series.kind:
        case "counter":
            return Counter(series.name, series.help, series.labels, registry=registry)
        case "gauge":
            return Gauge(series.name, series.help, series.labels, registry=registry)
        case "histogram":
            return Histogram(series.name, series.help, series.labels, registry=registry, buckets=series.buckets)
