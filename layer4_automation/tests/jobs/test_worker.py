"""A worker runs each job once, keeps its lease, and writes how it ended."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from api.adapters.postgres.jobs.work import PostgresWork
from api.services.documents.store import StoreUnavailable
from api.services.embedding.encoder_threads import document_rank
from api.services.jobs import worker as module
from api.services.jobs.current import report
from api.services.jobs.jobs import BULK, INTERACTIVE, Claim, Job
from api.services.jobs.worker import Worker
from api.services.parsing.errors import UnreadableDocument
from tests.jobs.conftest import Table

Work = Callable[[Claim], Awaitable[UUID]]


def worker(table: Table, work: Work, *, lease: float = 30, seconds: float = 30) -> Worker:
    return Worker(table.work, {"ingest": work, "process": work}, lease=lease, seconds=seconds)


async def reached(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110 - the database is looked at
            await asyncio.sleep(0.02)


async def test_a_job_runs_once_however_often_it_is_delivered(table: Table, result: UUID) -> None:
    runs: list[UUID] = []

    async def work(claim: Claim) -> UUID:
        runs.append(claim.id)
        return result

    job = await table.added()
    runner = worker(table, work)
    await asyncio.gather(*(runner.run() for _ in range(5)))
    await runner.run()
    done = await table.get(job)
    assert (runs, done.state, done.document_id) == ([job.id], "done", result)


async def test_a_document_that_is_to_blame_fails_at_once_with_its_reason(table: Table) -> None:
    async def work(claim: Claim) -> UUID:
        raise UnreadableDocument("The document is empty.")

    job = await table.added()
    await worker(table, work).run()
    failed = await table.get(job)
    assert failed.error is not None
    assert (failed.state, failed.attempts) == ("failed", 1)
    assert (failed.error.code, failed.error.status) == ("unreadable_document", 400)
    assert failed.error.detail == "The document is empty."


@pytest.mark.parametrize("error", [StoreUnavailable("away"), ValueError("a bug"), TimeoutError()])
async def test_another_error_is_tried_three_times(table: Table, error: Exception) -> None:
    async def work(claim: Claim) -> UUID:
        raise error

    job = await table.added()
    for attempt in (1, 2, 3):
        await worker(table, work).run()
        latest = await table.get(job)
        assert (latest.attempts, latest.state) == (attempt, "failed" if attempt == 3 else "queued")
        await table.passes(job, 60)
    assert latest.error is not None
    assert "a bug" not in latest.error.detail, "what a bug says is for the log"


class AwayAtTheEnd(PostgresWork):
    """Jobs in a store that is away the first times that a job's end is written."""

    def __init__(self, table: Table, times: float) -> None:
        super().__init__(table.database)
        self.times = times

    async def _write(self, query: str, claim: Claim, **values: object) -> bool:
        self.times -= 1
        if self.times >= 0:
            raise StoreUnavailable("away")
        return await super()._write(query, claim, **values)


@pytest.mark.parametrize(
    ("error", "state"),
    [(None, "done"), (StoreUnavailable("away"), "queued"), (UnreadableDocument("empty"), "failed")],
    ids=["finished", "interrupted", "failed"],
)
async def test_the_end_of_a_job_is_written_when_the_store_is_back(
    table: Table, result: UUID, error: Exception | None, state: str
) -> None:
    async def work(claim: Claim) -> UUID:
        if error:
            raise error
        return result

    job = await table.added()
    table.work = AwayAtTheEnd(table, times=2)
    await worker(table, work).run()
    ended = await table.get(job)
    assert table.work.times < 0, "the store was away"
    assert (ended.state, ended.losses) == (state, 0)


async def test_a_job_whose_end_cannot_be_written_is_taken_back_when_its_lease_is_over(
    table: Table, result: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(claim: Claim) -> UUID:
        return result

    job = await table.added()
    table.work = AwayAtTheEnd(table, times=float("inf"))
    await worker(table, work, lease=1).run()
    assert (await table.get(job)).state == "running"
    assert f"the end of job {job.id} could not be written" in caplog.text
    await table.passes(job, 60)
    assert await table.work.take_back() == 1
    assert (await table.get(job)).state == "queued"


async def test_heartbeats_keep_the_lease_and_tell_the_progress(table: Table, result: UUID) -> None:
    free = asyncio.Event()

    async def work(claim: Claim) -> UUID:
        report("embedding", 0.5)
        await free.wait()
        return result

    job = await table.added()
    running = asyncio.create_task(worker(table, work, lease=0.3).run())

    async def told() -> bool:
        latest = await table.get(job)
        return (latest.stage, latest.progress) == ("embedding", 0.5)

    await reached(told)
    for _ in range(4):
        await asyncio.sleep(0.2)
        assert await table.work.take_back() == 0
    free.set()
    await running
    assert (await table.get(job)).state == "done"


async def test_a_cancelled_job_is_stopped_by_the_next_heartbeat(table: Table) -> None:
    stopped = asyncio.Event()

    async def work(claim: Claim) -> UUID:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return uuid4()

    job = await table.added()
    running = asyncio.create_task(worker(table, work, lease=0.3).run())

    async def started() -> bool:
        return (await table.get(job)).state == "running"

    await reached(started)
    await table.jobs.cancel(job.id)
    await asyncio.wait_for(running, 20)
    assert stopped.is_set()
    assert (await table.get(job)).state == "cancelled"


async def test_a_worker_that_is_stopped_gives_its_job_back(table: Table) -> None:
    began = asyncio.Event()

    async def work(claim: Claim) -> UUID:
        began.set()
        await asyncio.sleep(60)
        return uuid4()

    job = await table.added()
    running = asyncio.create_task(worker(table, work).run())
    await began.wait()
    running.cancel()
    await asyncio.wait({running})
    latest = await table.get(job)
    assert (latest.state, latest.attempts, latest.losses) == ("queued", 0, 0)


async def test_a_job_that_takes_too_long_is_an_error(table: Table) -> None:
    async def work(claim: Claim) -> UUID:
        await asyncio.sleep(60)
        return uuid4()

    job = await table.added()
    await worker(table, work, seconds=0.1).run()
    latest: Job = await table.get(job)
    assert latest.error is not None
    assert (latest.state, latest.error.code) == ("queued", "job_too_slow")


def test_the_wait_grows_with_each_error() -> None:
    assert list(module.RETRY_SECONDS) == sorted(module.RETRY_SECONDS)


async def test_documents_of_single_uploads_are_embedded_before_those_of_batches(table: Table, result: UUID) -> None:
    ranks: list[int] = []

    async def work(claim: Claim) -> UUID:
        ranks.append(document_rank.get())
        return result

    await table.added(priority=BULK)
    await table.added(priority=INTERACTIVE)
    for _ in range(2):
        await worker(table, work).run()
    assert ranks == [INTERACTIVE, BULK]
