"""The benchmark of layer 5, run with few documents."""

import pytest

from mystack.bench import layer5
from mystack.metrics import Metric
from mystack.project import find_layer


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metric]:
    small = pytest.MonkeyPatch()
    for name, value in {"DOCUMENTS": 3, "ROUNDS": 2, "LIVE": 20, "ASKED": 3}.items():
        small.setattr(layer5, name, value)
    metrics = layer5.measure(find_layer(5), tmp_path_factory.mktemp("bench"), lambda text: None)
    small.undo()
    return {metric.name: metric for metric in metrics}


@pytest.mark.timeout(300)
def test_measuring_is_compared_with_measuring_switched_off(measured: dict[str, Metric]) -> None:
    assert measured["metrics, processor time per request"].target
    for path in ("/search", "/chat"):
        assert measured[f"{path}, metrics off, median"].measured[0] > 0
        assert measured[f"{path}, metrics on against off, median"].measured[0] > 0
        assert measured[f"{path}, metrics on against off, processor time"].measured[0] > 0
