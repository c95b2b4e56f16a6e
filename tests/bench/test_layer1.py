"""The benchmark's own tools, run briefly: load generator, baseline and held streams."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mystack.bench import layer1
from mystack.bench.load import load
from mystack.bench.streams import allow_descriptors, held, memory
from mystack.fresh import fresh_server
from mystack.metrics import Metric
from mystack.project import find_layer

MOMENT = 0.3


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("bare") / "log"
    with layer1.listening("bare FastAPI", "mystack.serve", layer1.BARE, log) as url:
        yield url


def test_a_load_counts_answers_and_times(baseline: str) -> None:
    measured = load(baseline, "/chat", layer1.QUESTION, users=3, seconds=MOMENT)
    assert measured.failures == 0
    assert measured.answers >= 3
    assert 0 < measured.median <= measured.p95 < MOMENT + 5
    assert measured.per_second <= measured.answers / MOMENT


@pytest.mark.parametrize(("path", "body"), [("/nowhere", layer1.QUESTION), ("/chat", {})])
def test_errors_count_as_failures(baseline: str, path: str, body: object) -> None:
    measured = load(baseline, path, body, users=2, seconds=MOMENT)
    assert measured.answers == 0
    assert measured.failures >= 2


def test_streams_are_held_and_released(tmp_path: Path) -> None:
    allow_descriptors(2048)
    with (
        layer1.listening("model server", "mystack.bench.model", tmp_path, tmp_path / "log") as model,
        fresh_server(find_layer(1), {"LLM_PROVIDER": "ollama", "OLLAMA_URL": model, "LLM_AT_ONCE": "25"}) as server,
    ):
        with held(server.url, layer1.QUESTION | {"model": "held"}, 25) as count:
            assert count == 25
            assert memory(server.app.pid) > 1e6
        measured = load(server.url, "/chat", layer1.QUESTION | {"model": "instant"}, users=2, seconds=MOMENT)
        assert measured.failures == 0


def test_the_whole_measurement_on_a_small_scale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SECONDS": MOMENT, "ROUNDS": 1, "STREAMS": 20}.items():
        monkeypatch.setattr(layer1, name, value)
    metrics = {metric.name: metric for metric in layer1.measure(find_layer(1), tmp_path, lambda text: None)}
    assert all(isinstance(metric, Metric) for metric in metrics.values())
    assert metrics["open streams held"].measured == [20]
    assert metrics["/chat against the bare route"].measured[0] > 0
