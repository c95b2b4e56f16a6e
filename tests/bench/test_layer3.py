"""The benchmark of layer 3, run with few documents."""

import pytest

from mystack.bench import layer3
from mystack.metrics import Metric
from mystack.project import find_layer


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metric]:
    small = pytest.MonkeyPatch()
    small.setattr(layer3, "DOCUMENTS", 6)
    small.setattr(layer3, "SEARCHES", 4)
    metrics = layer3.measure(find_layer(3), tmp_path_factory.mktemp("bench"), lambda text: None)
    small.undo()
    return {metric.name: metric for metric in metrics}


@pytest.mark.timeout(300)
def test_a_migration_to_layer_2_and_back_loses_nothing(measured: dict[str, Metric]) -> None:
    assert measured["migration, documents that differ"].measured == [0]


@pytest.mark.timeout(300)
def test_search_is_compared_with_layer_2_on_qdrant(measured: dict[str, Metric]) -> None:
    theirs = measured["search without the embedding, layer 2 on Qdrant, median"].measured[0]
    ours = measured["search without the embedding, this layer, median"].measured[0]
    ratio = measured["search, this layer against layer 2 on Qdrant"]
    assert ratio.measured == [ours / theirs]
    assert ratio.target
