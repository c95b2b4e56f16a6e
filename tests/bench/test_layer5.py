"""The benchmark of layer 5, run with few documents."""

import math

import pytest

from mystack.bench import layer5
from mystack.metrics import Metric
from mystack.project import find_layer

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metric]:
    small = pytest.MonkeyPatch()
    brief = {"DOCUMENTS": 3, "ROUNDS": 2, "LIVE": 20, "ASKED": 3, "IDLE_SECONDS": 1, "SETTLE_SECONDS": 1}
    for name, value in brief.items():
        small.setattr(layer5, name, value)
    metrics = layer5.measure(find_layer(5), tmp_path_factory.mktemp("bench"), lambda text: None)
    small.undo()
    return {metric.name: metric for metric in metrics}


def test_measuring_is_compared_with_measuring_switched_off(measured: dict[str, Metric]) -> None:
    assert measured["metrics, processor time per request"].target
    assert "metrics, processor time when idle" in measured


@pytest.mark.parametrize("what", ["metrics", "traces"])
@pytest.mark.parametrize("path", ["/search", "/chat"])
def test_searches_and_answers_are_compared_too(measured: dict[str, Metric], path: str, what: str) -> None:
    assert measured[f"{path}, {what} off, median"].measured[0] > 0
    assert measured[f"{path}, {what} on against off, median"].measured[0] > 0
    assert math.isfinite(measured[f"{path}, {what} on against off, processor time"].measured[0])


def test_the_traces_were_exported_while_they_were_measured(measured: dict[str, Metric]) -> None:
    assert measured["traces received"].passed
