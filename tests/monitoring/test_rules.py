"""Configuration and rules are valid; each alert was seen to fire and to be silent, by Prometheus' own tools."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.monitoring.conftest import MONITORING

FOLDER = MONITORING / "prometheus"
ALERTS = re.findall(r"- alert: (\w+)", (FOLDER / "alerts.yml").read_text(encoding="utf-8"))
TESTS = sorted((FOLDER / "tests").glob("*.yml"))


def run(*command: str | Path) -> str:
    result = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_prometheus_accepts_the_configuration() -> None:
    run("promtool", "check", "config", "--lint-fatal", "prometheus.yml")


def test_alertmanager_accepts_the_configuration() -> None:
    run("amtool", "check-config", "alertmanager.yml")


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_rules_do_what_their_tests_say(path: Path) -> None:
    run("promtool", "test", "rules", path)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_was_seen_to_fire_and_to_be_silent(alert: str) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in TESTS)
    fires = re.findall(rf"alertname: {alert}\n +exp_alerts:\n +- exp_labels", text)
    silent = re.findall(rf"alertname: {alert}}}", text)
    assert fires
    assert silent
