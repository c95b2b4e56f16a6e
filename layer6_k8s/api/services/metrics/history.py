"""The last hour of all samples, in memory: what a dashboard shows where no Prometheus runs.

A ring for each series, filled every few seconds. It is bounded: a series that comes when all rings are taken is left
out, and `left_out` counts it.
"""

import asyncio
import math
import time
from array import array
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
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
    """`every`: seconds between two samples; `kept`: seconds that they are kept."""

    def __init__(
        self, *, every: float = SAMPLE_SECONDS, kept: float = KEPT_SECONDS, most_series: int = MOST_SERIES
    ) -> None:
        self.every = every
        self.slots = max(2, round(kept / every))
        self.most_series = most_series
        self.left_out = 0
        self._times = array("d", [math.nan]) * self.slots
        self._rings: dict[str, dict[Labels, array[float]]] = {}
        self._taken = 0
        self._next = 0

    async def run(self, read: Callable[[], Iterable[Sample]], refresh: Callable[[], Awaitable[None]]) -> None:
        """Sample until cancelled. `refresh` brings up to date what `read`, in a thread, gives."""
        while True:
            await refresh()
            self.keep(await asyncio.to_thread(lambda: list(read())))
            await asyncio.sleep(self.every)

    def keep(self, samples: Iterable[Sample], at: float | None = None) -> None:
        """Keep all samples of one time, in place of the oldest ones. `at`: Unix time, by default now."""
        slot = self._next % self.slots
        self._times[slot] = time.time() if at is None else at
        for rings in self._rings.values():
            for ring in rings.values():
                ring[slot] = math.nan
        for sample in samples:
            ring_or_none = self._ring(sample)
            if ring_or_none is not None:
                ring_or_none[slot] = sample.value
        self._next += 1

    def range(self, name: str, labels: Mapping[str, str] | None = None, seconds: float = KEPT_SECONDS) -> list[Line]:
        """The lines of the samples called `name` that have these labels, over the last `seconds`."""
        slots = self._slots(seconds)
        wanted = (labels or {}).items()
        return [
            Line(dict(key), [(self._times[slot], ring[slot]) for slot in slots if not math.isnan(ring[slot])])
            for key, ring in self._rings.get(name, {}).items()
            if wanted <= dict(key).items()
        ]

    def _slots(self, seconds: float) -> list[int]:
        """The slots of the last `seconds`, oldest first."""
        filled = [index % self.slots for index in range(max(0, self._next - self.slots), self._next)]
        return [slot for slot in filled if self._times[slot] >= self._times[filled[-1]] - seconds]

    def _ring(self, sample: Sample) -> "array[float] | None":
        """The ring of the sample's series, if there is one or still room for one."""
        rings, key = self._rings.setdefault(sample.name, {}), tuple(sorted(sample.labels.items()))
        ring = rings.get(key)
        if ring is None and self._taken < self.most_series:
            ring = rings[key] = array("d", [math.nan]) * self.slots
            self._taken += 1
        self.left_out += ring is None
        return ring
