"""`mystack k8s` from the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mystack.k8s.rules import prometheus_rule
from tests.k8s.conftest import LAYER, OVERLAYS

Invoke = Callable[..., Result]


def test_render_prints_what_kubectl_would_send(invoke: Invoke) -> None:
    result = invoke("k8s", "render", "dev")
    assert result.exit_code == 0, result.output
    assert "kind: HorizontalPodAutoscaler" in result.output


def test_check_names_each_overlay(invoke: Invoke) -> None:
    result = invoke("k8s", "check")
    assert result.exit_code == 0, result.output
    assert [line.partition(":")[0] for line in result.output.splitlines()] == OVERLAYS


def test_an_unknown_overlay_is_refused_with_the_known_ones(invoke: Invoke) -> None:
    result = invoke("k8s", "render", "staging")
    assert result.exit_code == 2
    assert "dev, prod" in result.output


def test_a_step_worth_20_pods_has_them_ready_within_150_seconds(invoke: Invoke) -> None:
    result = invoke("k8s", "hpa", "prod", "--within", "150")
    assert result.exit_code == 0, result.output
    rendered, flight, processors = (line.split() for line in result.output.splitlines()[1:])
    assert rendered[-4:-2] == ["+55", "s"]
    assert flight[-4:-2] == ["+55", "s"]
    assert processors[-4:-2] == ["+175", "s"]


def test_pods_that_are_ready_too_late_are_an_error(invoke: Invoke) -> None:
    result = invoke("k8s", "hpa", "prod", "--start", "150")
    assert result.exit_code == 1
    assert "too late" in result.output


def test_a_recorded_load_is_replayed(invoke: Invoke, tmp_path: Path) -> None:
    recording = tmp_path / "load.csv"
    recording.write_text("second,requests_per_second\n0,60\n120,300\n240,60\n")
    result = invoke("k8s", "hpa", "prod", "--load", recording)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[1].split()[-2] == "9", "300/s are 8.3 pods at 36/s each"


@pytest.mark.parametrize("content", ["", "second,requests\n0,1\n", "second,requests_per_second\n0,many\n"])
def test_a_file_that_is_no_recording_is_refused(content: str, invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "load.csv").write_text(content)
    result = invoke("k8s", "hpa", "prod", "--load", tmp_path / "load.csv")
    assert result.exit_code == 2


def test_the_alerts_of_the_operator_are_those_of_prometheus() -> None:
    file = LAYER / "k8s" / "components" / "monitoring" / "rules.yaml"
    assert file.read_text() == prometheus_rule(LAYER), "run `mystack k8s rules`"
