"""Every panel and every rule finds samples in a Prometheus that has read a service in use: no name is misspelt."""

import math
import re

import pytest

from tests.monitoring.conftest import MONITORING, Watched, panels, until

PANELS = panels()
RULES = (MONITORING / "prometheus" / "rules.yml").read_text(encoding="utf-8")
RECORDED = re.findall(r"- record: (\S+)", RULES)
ALERTS = (MONITORING / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
READ_BY_ALERTS = sorted(set(re.findall(r"\b(?:up|mystack[:_][\w:]+)\b(?=[{\[) ]|$)", ALERTS, re.MULTILINE)))
UNCOUNTED = {
    "costs: Cost per hour A": "nothing counts costs yet",
    "costs: Cost per hour by model A": "nothing counts costs yet",
    "mystack:cost:per_hour": "nothing counts costs yet",
    "mystack_cost_total": "nothing counts costs yet",
    "rag: Thumbs down A": "nothing counts votes yet",
}
"""What finds no samples, and why."""


def finite(watched: Watched, expression: str) -> list[float]:
    values = (float(found["value"][1]) for found in watched.query(expression))
    return [value for value in values if math.isfinite(value)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [name for name in PANELS if name not in UNCOUNTED])
def test_a_panel_finds_samples(watched: Watched, name: str) -> None:
    until(lambda: finite(watched, PANELS[name]))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [name for name in RECORDED if name not in UNCOUNTED])
def test_a_rule_records_samples(watched: Watched, name: str) -> None:
    until(lambda: finite(watched, name))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [name for name in READ_BY_ALERTS if name not in UNCOUNTED])
def test_what_an_alert_reads_is_there(watched: Watched, name: str) -> None:
    until(lambda: finite(watched, name))


def test_a_misspelt_name_would_be_noticed(watched: Watched) -> None:
    assert not finite(watched, "sum(rate(mystack_http_request_total[1m]))")


@pytest.mark.parametrize("name", UNCOUNTED)
def test_what_nothing_counts_is_still_absent(watched: Watched, name: str) -> None:
    assert not finite(watched, PANELS.get(name, name)), "it is counted now: take it off UNCOUNTED"
