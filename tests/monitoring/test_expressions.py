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


def finite(watched: Watched, expression: str) -> list[float]:
    values = (float(found["value"][1]) for found in watched.query(expression))
    return [value for value in values if math.isfinite(value)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", PANELS)
def test_a_panel_finds_samples(watched: Watched, name: str) -> None:
    until(lambda: finite(watched, PANELS[name]))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", RECORDED)
def test_a_rule_records_samples(watched: Watched, name: str) -> None:
    until(lambda: finite(watched, name))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", READ_BY_ALERTS)
def test_what_an_alert_reads_is_there(watched: Watched, name: str) -> None:
    until(lambda: finite(watched, name))


def test_a_misspelt_name_would_be_noticed(watched: Watched) -> None:
    assert not finite(watched, "sum(rate(mystack_http_request_total[1m]))")
