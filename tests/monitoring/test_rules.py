"""Configuration and rules are valid; each alert was seen to fire and to be silent, by Prometheus' own tools."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from mystack.project import ROOT
from tests.monitoring.conftest import MONITORING

FOLDER = MONITORING / "prometheus"
ALERTS = re.findall(r"- alert: (\w+)", (FOLDER / "alerts.yml").read_text(encoding="utf-8"))
TESTS = sorted((FOLDER / "tests").glob("*.yml"))


def run(*command: str | Path, folder: Path = FOLDER) -> str:
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_prometheus_accepts_the_configuration(tmp_path: Path) -> None:
    copied = shutil.copytree(FOLDER, tmp_path / "prometheus")
    (copied / "key").touch()
    run("promtool", "check", "config", "--lint-fatal", "prometheus.yml", folder=copied)


def test_the_container_writes_the_key_beside_the_configuration(tmp_path: Path) -> None:
    """The command of docker-compose, with the folders of this test and a program that only shows what it is given."""
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["prometheus"]
    assert service["entrypoint"] == ["/bin/sh", "-c"]
    [script] = service["command"]
    script = (
        script.replace("$$", "$").replace("/tmp/config", f"{tmp_path}/config").replace("/etc/prometheus", str(FOLDER))
    )
    script = script.replace("/bin/prometheus", "echo")
    for key in ("a secret", ""):
        shown = subprocess.run(
            ["/bin/sh", "-c", script], env={"API_KEY": key}, capture_output=True, text=True, check=True
        )
        options = dict(word.split("=", 1) for word in shown.stdout.split())
        folder = Path(options["--config.file"]).parent
        assert (folder / "key").read_text() == key
        assert (folder / "key").stat().st_mode & 0o077 == 0
        run("promtool", "check", "config", "--lint-fatal", options["--config.file"])


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
