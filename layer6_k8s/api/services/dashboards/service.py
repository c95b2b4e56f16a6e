"""Draws a dashboard: the values of its panels over the last minutes, from Prometheus or the service's own samples."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from api.errors import MyStackError
from api.services.dashboards.forms import Form
from api.services.dashboards.local import Lines, evaluate
from api.services.dashboards.panel import Dashboard, Panel
from api.services.metrics.history import History

POINTS = 180
SHORTEST_STEP = 5.0
SHORTEST_WINDOW = 60.0
"""Seconds that a rate looks back at least: shorter ones are all spikes where little is asked."""
THIS_SERVICE = "this service"


class UnknownDashboard(MyStackError):
    """There is no dashboard of this name. GET /dashboard shows all of them."""

    status = 404
    code = "dashboard_not_found"


class PrometheusUnavailable(MyStackError):
    """Prometheus cannot be read. Start it, or leave PROMETHEUS_URL unset."""

    status = 503
    code = "prometheus_unavailable"
    retry_after = 5


@dataclass(frozen=True)
class Grid:
    """`POINTS` times up to `end`, in whole Unix seconds; `window` is how far back a rate looks."""

    end: float
    step: float

    @property
    def times(self) -> list[float]:
        return [self.end - self.step * back for back in range(POINTS - 1, -1, -1)]

    @property
    def window(self) -> float:
        return max(SHORTEST_WINDOW, 2 * self.step)


class Samples(Protocol):
    """Where values come from: `name` for people, and how long values are kept, in seconds; None if it is not known."""

    name: str
    kept: float | None

    async def lines(self, form: Form, grid: Grid) -> Lines:
        """The lines of a form at the times of the grid. Raises `PrometheusUnavailable`."""
        ...


class OwnSamples:
    """The last hour, which the service keeps in memory."""

    name = THIS_SERVICE

    def __init__(self, history: History) -> None:
        self.history = history
        self.kept: float | None = history.every * history.slots
        self._one = asyncio.Lock()

    async def lines(self, form: Form, grid: Grid) -> Lines:
        """See `Samples`. One at a time, in a thread, so that requests are not kept waiting."""
        back = POINTS * grid.step + grid.window
        async with self._one:
            read = {name: self.history.range(name, seconds=back) for name in form.samples}
            return await asyncio.to_thread(evaluate, form, lambda name: read[name], grid.times, grid.window)


@dataclass(frozen=True)
class DrawnLine:
    legend: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class DrawnPanel:
    panel: Panel
    lines: Sequence[DrawnLine]


@dataclass(frozen=True)
class Drawn:
    """A dashboard with its values. `source`: where they come from; `kept`: see `Samples`."""

    dashboard: Dashboard
    grid: Grid
    source: str
    kept: float | None
    panels: Sequence[DrawnPanel]


class DashboardService:
    """`clock` gives the Unix time."""

    def __init__(
        self, dashboards: Sequence[Dashboard], samples: Samples, clock: Callable[[], float] = time.time
    ) -> None:
        self.dashboards = dashboards
        self.samples = samples
        self.clock = clock

    async def draw(self, name: str, minutes: int) -> Drawn:
        """The dashboard over the last `minutes`. Raises `UnknownDashboard` and `PrometheusUnavailable`."""
        dashboard = next((each for each in self.dashboards if each.name == name), None)
        if dashboard is None:
            raise UnknownDashboard
        grid = Grid(math.floor(self.clock()), max(SHORTEST_STEP, math.ceil(minutes * 60 / POINTS)))
        panels = await asyncio.gather(*(self._drawn(panel, grid) for panel in dashboard.panels))
        return Drawn(dashboard, grid, self.samples.name, self.samples.kept, panels)

    async def _drawn(self, panel: Panel, grid: Grid) -> DrawnPanel:
        found = [(query, await self.samples.lines(query.form, grid)) for query in panel.queries]
        lines = [
            DrawnLine(_legend(query.legend, dict(group)), values)
            for query, lines in found
            for group, values in sorted(lines.items())
            if any(value is not None for value in values)
        ]
        return DrawnPanel(panel, lines)


class _Labels(dict[str, str]):
    """A label that a line lacks is left out."""

    def __missing__(self, label: str) -> str:
        return ""


def _legend(legend: str, labels: dict[str, str]) -> str:
    return legend.format_map(_Labels(labels)).strip() or THIS_SERVICE
