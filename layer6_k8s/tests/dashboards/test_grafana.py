"""Grafana's files are those of the list of panels, and have only what Grafana knows.

No Grafana runs here: the keys are those of its JSON model, of which each is read by the version that the compose file
names.
"""

import json
import re
from itertools import combinations
from typing import Any

import pytest

from api.entrypoints.grafana import FOLDER, files
from api.services.dashboards.forms import Form, Gauge, Match, Quantile, Rate, Ratio
from api.services.dashboards.panel import Panel
from api.services.dashboards.panels import DASHBOARDS
from api.services.metrics.names import Series, all_series

DASHBOARD = {
    *("uid", "title", "description", "tags", "schemaVersion", "editable", "graphTooltip", "refresh", "time"),
    *("timepicker", "templating", "annotations", "panels"),
}
PANEL = {"id", "type", "title", "description", "datasource", "gridPos", "fieldConfig", "options", "targets"}
TARGET = {"refId", "datasource", "expr", "legendFormat", "range"}
PANELS = [(dashboard, panel) for dashboard in DASHBOARDS for panel in dashboard.panels]
FROM_THE_LIBRARY = {"process_resident_memory_bytes", "process_cpu_seconds_total"}


def test_the_files_are_fresh() -> None:
    stored = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert stored == files(), "run `python -m api.entrypoints.grafana` in the layer's folder"


@pytest.mark.parametrize("text", files().values(), ids=files())
def test_a_dashboard_has_the_keys_that_grafana_knows(text: str) -> None:
    dashboard = json.loads(text)
    assert dashboard.keys() == DASHBOARD
    for panel in dashboard["panels"]:
        assert panel.keys() == PANEL
        assert panel["fieldConfig"].keys() == {"defaults", "overrides"}
        assert all(target.keys() == TARGET for target in panel["targets"])


@pytest.mark.parametrize("text", files().values(), ids=files())
def test_panels_do_not_cover_each_other(text: str) -> None:
    places = [panel["gridPos"] for panel in json.loads(text)["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert not [pair for pair in combinations(places, 2) if covers(*pair)]


def covers(one: dict[str, int], other: dict[str, int]) -> bool:
    apart = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    return not apart and one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"]


@pytest.mark.parametrize(("dashboard", "panel"), PANELS, ids=[f"{each.name}: {panel.title}" for each, panel in PANELS])
def test_a_panel_reads_series_and_labels_that_exist(dashboard: Any, panel: Panel) -> None:
    known = {series.name: series for series in all_series()}
    for query in panel.queries:
        for form in parts(query.form):
            if form.series.name in FROM_THE_LIBRARY:
                continue
            assert form.series is known[form.series.name]
            assert {*form.by, *(match.label for match in form.where)} <= set(form.series.labels)
            assert kind(form) == form.series.kind
            assert [match for match in form.where if not matches_something(form.series, match)] == []
        assert set(re.findall(r"{(\w+)}", query.legend)) == set(query.form.by)


def matches_something(series: Series, match: Match) -> bool:
    """Whether a value that the series begins with fits; of other series, the values are not known."""
    place = series.labels.index(match.label)
    return not series.begin or any(re.fullmatch(match.pattern, values[place]) for values in series.begin)


def parts(form: Form) -> list[Rate | Quantile | Gauge]:
    return [form.part, form.whole] if isinstance(form, Ratio) else [form]


def kind(form: Rate | Quantile | Gauge) -> str:
    if isinstance(form, Rate):
        return "histogram" if form.suffix else "counter"
    return "gauge" if isinstance(form, Gauge) else "histogram"


@pytest.mark.parametrize(("dashboard", "panel"), PANELS, ids=[f"{each.name}: {panel.title}" for each, panel in PANELS])
def test_a_panel_says_what_it_shows(dashboard: Any, panel: Panel) -> None:
    assert panel.title
    assert panel.description.endswith(".")
    assert panel.empty.endswith(".")
    if panel.kind == "number":
        assert [query.form.by for query in panel.queries] == [()]
