"""Grafana's files, made from the list of panels: one dashboard is one JSON object."""

from typing import Any

from api.services.dashboards.panel import Dashboard, Panel, Query, Unit

DATASOURCE = {"type": "prometheus", "uid": "mystack"}
WINDOW = "$__rate_interval"
SCHEMA_VERSION = 39
UNITS: dict[Unit, str] = {
    "per second": "cps",
    "per minute": "cpm",
    "seconds": "s",
    "share": "percentunit",
    "count": "short",
    "bytes": "bytes",
    "money": "short",
    "score": "none",
    "cores": "none",
}
COLUMNS = 24
NUMBER, CHART = (6, 4), (12, 8)
"""Width and height of a panel on a grid of 24 columns."""


def grafana(dashboard: Dashboard) -> dict[str, Any]:
    """The dashboard as Grafana reads it from a file."""
    return {
        "uid": f"mystack-{dashboard.name}",
        "title": f"MyStack: {dashboard.title}",
        "description": dashboard.description,
        "tags": ["mystack"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "5s",
        "time": {"from": "now-15m", "to": "now"},
        "timepicker": {"refresh_intervals": ["5s", "10s", "1m"]},
        "templating": {"list": []},
        "annotations": {"list": []},
        "panels": _panels(dashboard),
    }


def _panels(dashboard: Dashboard) -> list[dict[str, Any]]:
    """The panels from left to right and from top to bottom."""
    placed, x, y, row = [], 0, 0, 0
    for number, panel in enumerate(dashboard.panels, start=1):
        width, height = NUMBER if panel.kind == "number" else CHART
        if x + width > COLUMNS or (x and height != row):
            x, y = 0, y + row
        placed.append(_panel(panel, number, {"x": x, "y": y, "w": width, "h": height}))
        x, row = x + width, height
    return placed


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    custom = {
        "drawStyle": "line",
        "lineWidth": 2 if panel.kind == "lines" else 1,
        "fillOpacity": 60 if panel.kind == "stacked" else 8,
        "showPoints": "never",
        "stacking": {"mode": "normal" if panel.kind == "stacked" else "none", "group": "A"},
    }
    is_number = panel.kind == "number"
    return {
        "id": number,
        "type": "stat" if is_number else "timeseries",
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "gridPos": place,
        "fieldConfig": {
            "defaults": {
                "unit": UNITS[panel.unit],
                "min": 0,
                "noValue": panel.empty,
                **({"max": 1} if panel.unit == "share" else {}),
                **({} if is_number else {"custom": custom}),
            },
            "overrides": [],
        },
        "options": _number_options() if is_number else _chart_options(),
        "targets": [_target(query, chr(ord("A") + place)) for place, query in enumerate(panel.queries)],
    }


def _number_options() -> dict[str, Any]:
    return {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "graphMode": "area",
        "colorMode": "value",
        "textMode": "value",
    }


def _chart_options() -> dict[str, Any]:
    return {
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


def _target(query: Query, ref: str) -> dict[str, Any]:
    return {
        "refId": ref,
        "datasource": DATASOURCE,
        "expr": query.form.promql(WINDOW),
        "legendFormat": query.legend.replace("{", "{{").replace("}", "}}"),
        "range": True,
    }
