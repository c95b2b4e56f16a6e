"""The scale study, run with few chunks."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.scale import app, qdrant, study
from benchmarks.scale.plot import growth
from mystack.metrics import Metric
from mystack.project import find_layer

SIZES = (1_000, 3_000)


def test_a_plot_names_its_values(tmp_path: Path) -> None:
    measured = {f"hybrid search, {n:,} chunks, p95": n / 500 for n in SIZES}
    measured |= {f"HNSW index, {n:,} chunks": n / 900 for n in SIZES}
    root = ElementTree.fromstring(growth(measured, SIZES, tmp_path / "growth.svg").read_text())
    assert "6.0 at 3,000 chunks" in root.attrib["aria-label"]
    assert {"2.0", "6.0", "1.1", "3.3", "1,000", "3,000"} <= {node.text for node in root.iter() if node.text}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metric]:
    small = pytest.MonkeyPatch()
    for name, value in {"QUESTIONS": 20, "WARM_UP": 2, "ROUNDS": 2, "SINGLES": 3, "LOCAL_QUESTIONS": 3}.items():
        small.setattr(study, name, value)
    progress: list[str] = []
    metrics = app.measure(find_layer(app.LAYER), SIZES, tmp_path_factory.mktemp("scale"), progress.append)
    small.undo()
    assert any("chunks are loaded" in text for text in progress)
    return {metric.name: metric for metric in metrics}


def values(measured: dict[str, Metric], *names: str) -> list[float]:
    return [measured[name].measured[0] for name in names]


@pytest.mark.timeout(300)
def test_every_nearest_chunk_is_found_with_and_without_a_filter(measured: dict[str, Metric]) -> None:
    within = [f"{name}, recall@10" for name in study.LIMITS]
    assert values(measured, "recall@10, 3,000 chunks", *within) == [1.0] * 5
    assert values(measured, *(f"{name}, fewest hits of 10" for name in study.LIMITS)) == [10] * 4


def test_every_time_and_rate_is_positive(measured: dict[str, Metric]) -> None:
    timed = [metric for name, metric in measured.items() if metric.unit in ("ms", "s") or name.endswith("/s")]
    assert len(timed) > 20
    assert all(metric.measured[0] > 0 for metric in timed)


def test_qdrants_engine_is_measured_if_it_is_installed(measured: dict[str, Metric]) -> None:
    assert ("Qdrant, dense search, median" in measured) == qdrant.installed()


def test_the_plot_can_be_drawn_from_the_metrics(measured: dict[str, Metric], tmp_path: Path) -> None:
    drawn = app.plot(list(measured.values()), SIZES, tmp_path)
    assert ElementTree.parse(drawn).getroot().tag.endswith("svg")
