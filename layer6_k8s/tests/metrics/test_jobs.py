"""Jobs are measured from their table, whoever ran them; a worker has metrics of its own."""

import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from api.adapters.postgres.jobs.counts import PostgresJobTable
from api.adapters.prometheus.registry import PrometheusMetrics
from api.config import Settings
from api.main import create_app
from api.services.jobs.jobs import JobError
from api.services.metrics.jobs import JobsExporter
from tests.jobs.conftest import Table, table, valkey
from tests.jobs.test_celery import working
from tests.library import Reader
from tests.metrics.conftest import parsed
from tests.servers.running import eventually

__all__ = ["table", "valkey"]  # fixtures
ERROR = JobError("broken", "It is broken.", 500)
FINISHED = "mystack_jobs_finished_total"


class Exported:
    """What an exporter says of a table."""

    def __init__(self, table: Table, *, workers: bool = True) -> None:
        self.metrics = PrometheusMetrics()
        self.exporter = JobsExporter(PostgresJobTable(table.database), self.metrics, workers=workers)

    async def values(self, name: str, **labels: str) -> float:
        await self.exporter.refresh()
        return sum(s.value for s in self.metrics.samples() if s.name == name and labels.items() <= s.labels.items())


async def test_states_age_and_starvation_come_from_the_table(table: Table) -> None:
    exported = Exported(table)
    job = await table.added()
    await table.passes(job, 30)
    await table.added()
    assert await exported.values("mystack_jobs", state="queued") == 2
    assert 30 <= await exported.values("mystack_jobs_oldest_wait_seconds") < 60
    assert await exported.values("mystack_jobs_starved") == 2
    await table.work.seen("somebody")
    assert await table.work.claim(30)
    assert await exported.values("mystack_jobs_starved") == 0
    assert await exported.values("mystack_workers") == 1
    assert await exported.values("mystack_jobs", state="running") == 1
    assert await Exported(table, workers=False).values("mystack_jobs_starved") == 0


async def test_an_end_is_counted_once_and_a_retry_never_lowers_the_count(table: Table) -> None:
    before = await table.added()
    claim = await table.work.claim(30)
    assert claim
    await table.work.finish(claim, None)
    exported = Exported(table)
    assert await exported.values(FINISHED) == 0, "what ended before the process began is not counted"
    job = await table.added()
    for times in (1, 2):
        claim = await table.work.claim(30)
        assert claim
        await table.work.fail(claim, ERROR, again_in=None)
        assert await exported.values(FINISHED, kind="ingest", outcome="failed") == times
        assert await exported.values(FINISHED, kind="ingest", outcome="failed") == times
        await table.jobs.retry(job.id)
        assert await exported.values(FINISHED, kind="ingest", outcome="failed") == times
    await table.jobs.cancel(job.id)
    assert await exported.values(FINISHED, outcome="cancelled") == 1
    assert await exported.values(FINISHED, outcome="done") == 0
    assert await exported.values("mystack_job_seconds_count", outcome="failed") == 2
    assert before.id != job.id


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def given(needs: Callable[[], dict[str, Any]], valkey: str, port: int) -> dict[str, Any]:
    return needs() | {"redis_url": valkey, "llm_provider": "extractive", "worker_metrics_port": port}


@pytest.fixture
async def service(http: httpx2.AsyncClient, given: dict[str, Any], start: Callable[..., Any]) -> AsyncIterator[Reader]:
    with start(create_app(Settings(_env_file=None, **given))) as url:
        yield Reader(http, url)


@pytest.mark.timeout(300)
async def test_a_real_worker_serves_its_own_metrics_and_the_service_counts_its_jobs(
    service: Reader, given: dict[str, Any], port: int, tmp_path: Path, scrape: Callable[..., Any]
) -> None:
    address = f"http://127.0.0.1:{port}"
    with working(given, tmp_path / "worker.log"):
        eventually(lambda: answers(address), 60)
        await service.uploaded("The ferry to Lindholm leaves at seven.")
        own = parsed((await service.http.get(f"{address}/metrics")).text)
        assert own.value("mystack_job_attempts_total", kind="ingest", outcome="done") == 1
        assert own.value("mystack_embedded_texts_total", purpose="document") == 1
        assert own.value("process_resident_memory_bytes") > 0
        seen = [await scrape(service.url)]
        while not seen[-1].value(FINISHED, kind="ingest", outcome="done"):
            await anyio.sleep(0.3)
            seen.append(await scrape(service.url))
        assert seen[-1].value("mystack_job_seconds_count", kind="ingest", outcome="done") == 1
        assert seen[-1].value("mystack_workers") == 1
        for _ in range(2):
            await service.post("/chat", message="When does the ferry to Lindholm leave?", use_rag=True)
        cached = await scrape(service.url)
        assert cached.value("mystack_cache_requests_total", cache="answer", result="hit") == 1
        assert cached.value("mystack_cache_requests_total", cache="answer", result="miss") == 1


def answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/metrics", trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False
