"""The registry: exemplars, labels that somebody got wrong, and a circuit breaker that is open."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from api.adapters.prometheus import registry as module
from api.adapters.prometheus.exposition import PrometheusExposition
from api.adapters.prometheus.registry import PrometheusMetrics
from api.services.metrics.names import COST, HTTP_REQUEST_SECONDS, STAGE_SECONDS, TOKENS, all_series
from api.services.metrics.refreshing import Refresh, free_space
from tests.servers.running import refused_address

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def openmetrics(metrics: PrometheusMetrics) -> str:
    text, _ = await PrometheusExposition(metrics.registry, Refresh()).text("application/openmetrics-text")
    return text.decode()


async def test_an_exemplar_leads_from_a_duration_to_its_trace() -> None:
    traces = iter([TRACE, None])
    metrics = PrometheusMetrics(lambda: next(traces))
    metrics.observe(STAGE_SECONDS, 0.2, stage="search")
    metrics.observe(STAGE_SECONDS, 4.0, stage="search")
    text = await openmetrics(metrics)
    families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    samples = [sample for family in families for sample in family.samples if sample.exemplar]
    (sample,) = samples
    assert (sample.labels["le"], sample.exemplar.labels, sample.exemplar.value) == ("0.25", {"trace_id": TRACE}, 0.2)


async def test_the_order_of_labels_does_not_matter_and_their_names_do() -> None:
    metrics = PrometheusMetrics()
    metrics.observe(HTTP_REQUEST_SECONDS, 1, method="GET", route="/a")
    metrics.observe(HTTP_REQUEST_SECONDS, 1, route="/a", method="GET")
    assert 'mystack_http_request_seconds_count{method="GET",route="/a"} 2.0' in await openmetrics(metrics)
    with pytest.raises(ValueError, match="Incorrect label names"):
        metrics.count(COST, 1, user="somebody")


async def test_beyond_their_bound_new_label_values_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CHILDREN", 3)
    metrics = PrometheusMetrics()
    for number in range(10):
        metrics.count(COST, model=f"model {number}")
    text = await openmetrics(metrics)
    assert 'mystack_cost_total{model="other"} 7.0' in text
    assert text.count("mystack_cost_total{") == 4


@pytest.mark.parametrize("amount", [-5, math.nan, math.inf])
async def test_what_a_server_says_breaks_no_counter_and_no_sum(amount: float) -> None:
    metrics = PrometheusMetrics()
    model = {"provider": "openai", "model": "m"}
    for each in (2, amount):
        metrics.count(TOKENS, each, **model, kind="prompt")
    for value in (0.5, math.nan, math.inf):
        metrics.observe(STAGE_SECONDS, value, stage="search")
    text = await openmetrics(metrics)
    assert 'mystack_tokens_total{kind="prompt",model="m",provider="openai"} 2.0' in text
    assert 'mystack_stage_seconds_sum{stage="search"} 0.5' in text


async def test_a_source_that_fails_is_logged_and_keeps_no_other_from_being_read(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    metrics = PrometheusMetrics()

    async def broken() -> None:
        raise KeyError("nothing")

    await Refresh([broken, free_space(metrics, tmp_path)])()
    assert "some metrics could not be read: KeyError('nothing')" in caplog.text
    free = [sample.value for sample in metrics.samples() if sample.name == "mystack_disk_free_bytes"]
    assert free[0] > 0
    await Refresh([free_space(metrics, tmp_path / "absent")])()
    assert "mystack_disk_free_bytes NaN" in await openmetrics(metrics)


def test_names_follow_the_conventions() -> None:
    names = [series.name for series in all_series()]
    assert len(names) == len(set(names)) > 25
    for series in all_series():
        assert series.name.startswith("mystack_")
        assert series.name.endswith("_total") == (series.kind == "counter")
        assert bool(series.buckets) == (series.kind == "histogram")
        assert series.help.endswith(".")
        assert all(len(values) == len(series.labels) for values in series.begin)
        assert list(series.buckets) == sorted(series.buckets)


async def test_an_open_breaker_and_the_pool_are_gauges(
    http: httpx2.AsyncClient, serve: Callable[..., str], scrape: Callable[..., Any], scripted: Any
) -> None:
    url = serve(**scripted.settings)
    provider = {"provider": "openai"}
    assert (await scrape(url)).value("mystack_breaker_open", **provider) == 0
    scripted.fails(500)
    for _ in range(6):
        await http.post(f"{url}/chat", json={"message": "Hello"})
    with anyio.fail_after(12):  # a scrape during another refresh gets what was read before
        while not (scraped := await scrape(url)).value("mystack_breaker_open", **provider):  # noqa: ASYNC110 - polled
            await anyio.sleep(0.1)
    connections = {state: scraped.value("mystack_pool_connections", state=state) for state in ("used", "idle")}
    assert sum(connections.values()) >= 1
    assert scraped.value("mystack_disk_free_bytes") > 0
    assert scraped.value("mystack_database_bytes") > 0


async def test_without_its_database_a_service_shows_what_it_knows(
    serve: Callable[..., str], scrape: Callable[..., Any]
) -> None:
    url = serve(llm_provider="extractive", database_url=refused_address().replace("http", "postgresql") + "/x")
    scraped = await scrape(url)
    assert scraped.value("process_resident_memory_bytes") > 0
    assert "nan" in str(scraped.value("mystack_jobs", state="queued"))
