"""The benchmark of layer 6, run with few documents and streams, and what it reckons from its measurements."""

import pytest

from mystack.bench import layer6, layer6_streams
from mystack.bench.layer6_capacity import AGAIN, CHAT, HALF, KINDS, SEARCH, costs_of, name, pods, processors, section
from mystack.load.processors import API, STAGES
from mystack.metrics import Machine, Metric, Report
from mystack.project import find_layer

pytestmark = pytest.mark.timeout(400)
MACHINE = Machine("a processor", 2, 8.0, "3.11", 0.0)
LAYER6: dict[str, object] = {"DOCUMENTS": 8, "ALONE": 8, "COSTED": 24, "SECONDS": 2.0, "RATE": 5.0, "RATES": (5, 6)}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metric]:
    small = pytest.MonkeyPatch()
    for key, value in LAYER6.items():
        small.setattr(layer6, key, value)
    small.setattr(layer6_streams, "STREAMS", 60)
    metrics = layer6.measure(find_layer(6), tmp_path_factory.mktemp("bench"), lambda text: None)
    small.undo()
    return {metric.name: metric for metric in metrics}


def test_requests_at_the_stated_rate_are_all_answered(measured: dict[str, Metric]) -> None:
    assert measured["5 requests/s on 3 instances, failed"].measured == [0]
    assert measured["5 requests/s on 3 instances, p95"].target
    held, passed = measured["highest rate with p95 < 100 ms"], measured["the next rate, at which it was longer"]
    assert (held.measured[0], passed.measured[0]) in {(0, 5), (5, 6), (6, 0)}
    assert measured["inference per question, p95"].measured[0] > 0


def test_the_time_of_a_request_is_found_where_it_is_spent(measured: dict[str, Metric]) -> None:
    costs = costs_of(Report("", MACHINE, list(measured.values())))
    assert all(costs[kind][stage] > 0 for kind in (SEARCH, CHAT) for stage in ("Python", "PostgreSQL"))
    assert costs[SEARCH]["embedder, threads"] > costs[AGAIN]["embedder, threads"], "a known answer embeds nothing"


def test_streams_are_held_by_all_instances(measured: dict[str, Metric]) -> None:
    assert measured["idle streams held by 3 instances"].measured[0] >= 60
    assert measured["memory of a pod"].measured[0] > 50


def test_the_guide_shows_every_metric_once(measured: dict[str, Metric]) -> None:
    report = Report("", MACHINE, list(measured.values()))
    lines = section(report).splitlines()
    shown = [metric for metric in measured if ": processor time, " not in metric]
    assert all(sum(line.startswith(f"| {metric} |") for line in lines) == 1 for metric in shown)
    assert all(any(line.startswith(f"| {kind} |") for line in lines) for kind in KINDS)
    assert layer6.sections(report).keys() == {"capacity"}
    assert "<!-- capacity:begin -->" in layer6.PAGE.read_text()


def test_pods_follow_from_the_processor_time_of_a_request() -> None:
    assert processors(rate=1000, milliseconds=6.0) == pytest.approx(10)
    assert pods(rate=1000, milliseconds=6.1) == 11
    assert pods(rate=1, milliseconds=0.1) == 1


def test_a_mix_costs_the_mean_of_its_requests() -> None:
    costs = {kind: dict.fromkeys(STAGES, spent) for kind, spent in zip(KINDS, (2.0, 6.0, 1.0), strict=True)}
    assert HALF.milliseconds(costs, API) == 8.0
    metrics = [Metric(name(kind, stage), [costs[kind][stage]]) for kind in KINDS for stage in STAGES]
    assert costs_of(Report("", MACHINE, metrics)) == costs
    assert "| answers, 70 % asked before | 5.0 | 9 | 4.2 | 3 | 1.4 |" in section(Report("", MACHINE, metrics))


@pytest.mark.parametrize(("open_files", "streams"), [(20_000, 19_000), (2_000, 1_000)])
def test_the_limit_of_open_files_bounds_the_streams(open_files: int, streams: int) -> None:
    assert layer6_streams.most(open_files) == streams
