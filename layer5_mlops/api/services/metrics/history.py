"""The last hour of all samples, in memory: what a dashboard shows where no Prometheus runs.

A ring for each series, filled every few seconds. It is bounded: a series that comes when all rings are taken is left
out, and `left_out` counts it.
"""

import math
import time
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

SAMPLE_SECONDS = 5.0
KEPT_SECONDS = 3_600.0
MOST_SERIES = 3_000
"""At 720 samples of 8 bytes: 17 MB at most."""

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sample:
    """One value, as /metrics shows it: a histogram has samples `NAME_bucket` (label `le`), `NAME_sum`, `NAME_count`."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Line:
    """The values of one series: (Unix time in seconds, value), oldest first. Times without a value are left out."""

    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]


class History:
    """`read` gives all samples of now."""

    def __init__(
        self,
        read: Callable[[], Iterable[Sample]],
        *,
        every: float = SAMPLE_SECONDS,
        kept: float = KEPT_SECONDS,
        most_series: int = MOST_SERIES,
    ) -> None:
        self.read = read
        self.every = every
        self.slots = max(2, round(kept / every))
        self.most_series = most_series
        self.left_out = 0
        self._times = array("d", [math.nan]) * self.slots
        self._rings: dict[str, dict[Labels, array[float]]] = {}
        self._series = 0
        self._next = 0

    def sample(self, now: float | None = None) -> None:
        """Read all samples, and keep them in place of the oldest ones. `now`: Unix time, by default the clock's."""
        slot = self._next % self.slots
        self._times[slot] = time.time() if now is None else now
        for rings in self._rings.values():
            for ring in rings.values():
                ring[slot] = math.nan
        for each in self.read():
            ring = self._ring(each)
            if ring is not None:
                ring[slot] = each.value
        self._next += 1

    def range(self, name: str, labels: Mapping[str, str] | None = None, seconds: float = KEPT_SECONDS) -> list[Line]:
        """The lines of the samples called `name` that have these labels, over the last `seconds`."""
        wanted = (labels or {}).items()
        first = max(0, self._next - self.slots)
        slots = [index % self.slots for index in range(first, self._next)]
        if not slots:
            return []
        since = self._times[slots[-1]] - seconds
        slots = [slot for slot in slots if self._times[slot] >= since]
        return [
            Line(dict(key), [(self._times[slot], ring[slot]) for slot in slots if not math.isnan(ring[slot])])
            for key, ring in self._rings.get(name, {}).items()
            if wanted <= dict(key).items()
        ]

    def _ring(self, sample: Sample) -> "array[float] | None":
        """The ring of the sample's series, if there is still room for one."""
        rings, key = self._rings.setdefault(sample.name, {}), tuple(sorted(sample.labels.items()))
        ring = rings.get(key)
        if ring is None and self._series < self.most_series:
            ring = rings[key] = array("d", [math.nan]) * self.slots
            self._series += 1
        elif ring is None:
            self.left_out += 1
        return ring
