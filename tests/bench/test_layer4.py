"""The benchmark of layer 4, run with few documents."""

import pytest

from mystack.bench import layer4
from mystack.metrics import Metric
from mystack.project import find_layer


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metric]:
    small = pytest.MonkeyPatch()
    for name, value in {"DOCUMENTS": 30, "BESIDE": 8, "SINGLE": 2, "SEARCHES": 4, "QUESTIONS": 8, "ASKED": 30}.items():
        small.setattr(layer4, name, value)
    metrics = layer4.measure(find_layer(4), tmp_path_factory.mktemp("bench"), lambda text: None)
    small.undo()
    return {metric.name: metric for metric in metrics}


@pytest.mark.timeout(300)
def test_a_batch_is_read_without_failures(measured: dict[str, Metric]) -> None:
    assert measured["documents in one batch"].measured == [30]
    assert measured["jobs that failed"].measured == [0]
    rate, ratio = measured["documents/min"].measured[0], measured["ingest against the raw embedder"]
    assert rate > 0
    assert ratio.target


@pytest.mark.timeout(300)
def test_the_shares_and_ratios_follow_from_what_was_measured(measured: dict[str, Metric]) -> None:
    (hits,) = measured["answers from the cache, share of a Zipf stream"].measured
    assert 22 / 30 <= hits < 1
    ours, theirs = (
        measured[f"processor time per document, {which}"].measured[0] for which in ("this layer", "layer 3")
    )
    assert measured["processor time, this layer against layer 3"].measured == pytest.approx([ours / theirs])
