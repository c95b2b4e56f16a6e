"""Values from a Prometheus server: `GET /api/v1/query_range`."""

import math
from collections.abc import Sequence
from typing import Any

import httpx2

from api.services.dashboards.forms import Form
from api.services.dashboards.local import Group, Lines, Values
from api.services.dashboards.service import Grid, PrometheusUnavailable


class PrometheusSamples:
    """The port `Samples`."""

    name = "Prometheus"
    kept: float | None = None

    def __init__(self, client: httpx2.AsyncClient, url: str) -> None:
        self.client = client
        self.url = url.rstrip("/")

    async def lines(self, form: Form, grid: Grid) -> Lines:
        """See `Samples`."""
        times = grid.times
        query: dict[str, str | float] = {
            "query": form.promql(f"{round(grid.window)}s"),
            "start": times[0],
            "end": times[-1],
            "step": grid.step,
        }
        try:
            response = await self.client.get(f"{self.url}/api/v1/query_range", params=query)
            response.raise_for_status()
            found = response.json()["data"]["result"]
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            raise PrometheusUnavailable from error
        return {_group(form, each["metric"]): _values(each, times) for each in found}


def _group(form: Form, labels: dict[str, str]) -> Group:
    return tuple((label, labels[label]) for label in form.by if labels.get(label))


def _values(found: dict[str, Any], times: Sequence[float]) -> Values:
    """One value for each time; None where there is none, or one that is not a number."""
    at = {round(time, 3): float(text) for time, text in found["values"]}
    values = (at.get(round(time, 3)) for time in times)
    return [value if value is not None and math.isfinite(value) else None for value in values]
