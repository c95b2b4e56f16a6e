"""The table of jobs: claims, leases, tokens, errors and losses."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from api.adapters.postgres.jobs.documents import DocumentsAndJobs, StoreWithJobs
from api.adapters.postgres.jobs.work import finish_current
from api.adapters.postgres.sources.items import delete_previous
from api.capabilities.database import document_stores
from api.services.documents.store import Document, Position
from api.services.embedding.embeddings import Space
from api.services.jobs.current import Work, current_work
from api.services.jobs.jobs import BULK, MOST_LOSSES, Fenced, JobError
from tests.jobs.conftest import Table

STORED = Document(
    id=uuid4(),
    filename="note.txt",
    content_type="text/plain",
    size_bytes=1,
    sha256="0" * 64,
    pages=None,
    chunks=1,
    created_at=datetime(2026, 11, 28, tzinfo=UTC),
    metadata={},
)
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
BAD = JobError("unreadable_document", "The document is empty.", 400)


async def test_of_many_claims_of_a_job_one_succeeds(table: Table) -> None:
    job = await table.added()
    claims = await asyncio.gather(*(table.work.claim(30) for _ in range(8)))
    (claim,) = [claim for claim in claims if claim]
    assert (claim.upload.filename, claim.upload.metadata, claim.attempts) == ("note.txt", {"team": 1}, 1)
    running = await table.get(job)
    assert (running.state, running.attempts, running.started_at is None) == ("running", 1, False)


async def test_a_job_that_is_done_is_not_claimed(table: Table, result: UUID) -> None:
    job = await table.added()
    claim = await table.work.claim(30)
    assert claim is not None
    await table.work.finish(claim, result)
    done = await table.get(job)
    assert (done.state, done.progress, done.document_id) == ("done", 1.0, result)
    assert await table.work.claim(30) is None


async def test_a_worker_that_was_thought_lost_changes_nothing_any_more(table: Table, result: UUID) -> None:
    job = await table.added()
    first = await table.work.claim(30)
    assert first is not None
    await table.passes(job, 31)
    assert await table.work.take_back() == 1
    assert await table.work.claim(30) is None, "it runs alone from now on"
    second = await table.work.claim(30, alone=True)
    assert second is not None
    assert (second.losses, second.attempts) == (1, 1), "a loss is no attempt"
    assert not await table.work.renew(first, 30, "embedding", 0.5)
    await table.work.finish(first, uuid4())
    await table.work.fail(first, BAD, again_in=None)
    assert (await table.get(job)).state == "running"
    assert await table.work.renew(second, 30, "embedding", 0.5)
    await table.work.finish(second, result)
    assert (await table.get(job)).document_id == result


async def test_the_effect_and_the_end_of_a_job_are_one_transaction(table: Table, result: UUID) -> None:
    job = await table.added()
    claim = await table.work.claim(30)
    assert claim is not None
    current_work.set(Work(claim))
    await table.jobs.cancel(job.id)

    async def with_its_effect() -> None:
        async with table.database.transaction() as connection:
            await connection.execute("INSERT INTO batches (id) VALUES (%s)", [result])
            await finish_current(connection, result)

    with pytest.raises(Fenced):
        await with_its_effect()
    assert await table.jobs.batch(result) is None
    assert (await table.get(job)).state == "cancelled"


async def test_a_document_that_is_deleted_while_it_is_published_waits_for_that(table: Table, result: UUID) -> None:
    job = await table.added()
    claim = await table.work.claim(30)
    assert claim is not None
    current_work.set(Work(claim))
    store = StoreWithJobs(table.database, document_stores(table.database, a_space).store)

    async with table.database.transaction() as publication:
        await delete_previous(publication, claim.upload.id)
        removal = asyncio.create_task(store.remove(claim.upload.id))
        while await table.database.rows(BLOCKED) == [(0,)]:  # noqa: ASYNC110 - another transaction waits
            await asyncio.sleep(0.01)
        await finish_current(publication, result)
    await removal

    assert (await table.get(job)).state == "done"
    assert await table.work.file(claim.upload.id) is None


async def a_space() -> Space:
    return Space("any", 2)


async def test_three_losses_end_a_job_and_the_first_makes_it_run_alone(table: Table) -> None:
    job = await table.added()
    assert [one.alone for one in await table.work.due(5, queue_is_empty=True, limit=9)] == [False]
    for loss in range(1, MOST_LOSSES + 1):
        assert await table.work.claim(30, alone=loss > 1)
        await table.passes(job, 31)
        assert await table.work.take_back() == 1
        due = await table.work.due(5, queue_is_empty=True, limit=9)
        assert [one.alone for one in due] == ([True] if loss < MOST_LOSSES else [])
    failed = await table.get(job)
    assert (failed.state, failed.losses, failed.attempts) == ("failed", MOST_LOSSES, 0)
    assert failed.error is not None
    assert failed.error.code == "worker_lost"


async def test_an_error_waits_for_its_turn(table: Table) -> None:
    job = await table.added()
    claim = await table.work.claim(30)
    assert claim is not None
    await table.work.fail(claim, BAD, again_in=10)
    assert (await table.get(job)).state == "queued"
    assert await table.work.claim(30) is None
    assert await table.work.due(5, queue_is_empty=True, limit=9) == []
    await table.passes(job, 11)
    assert len(await table.work.due(5, queue_is_empty=True, limit=9)) == 1
    claim = await table.work.claim(30)
    assert claim is not None
    assert claim.attempts == 2
    await table.work.fail(claim, BAD, again_in=None)
    failed = await table.get(job)
    assert (failed.state, failed.error) == ("failed", BAD)


async def test_what_was_published_is_published_again_only_if_the_queue_is_empty(table: Table) -> None:
    job = await table.added()
    due = [one.id for one in await table.work.due(5, queue_is_empty=True, limit=9)]
    assert due == [job.id]
    assert await table.work.due(5, queue_is_empty=True, limit=9) == [], "it may be on its way"
    await table.passes(job, 6)
    assert await table.work.due(5, queue_is_empty=False, limit=9) == [], "it waits behind others"
    assert len(await table.work.due(5, queue_is_empty=True, limit=9)) == 1
    await table.work.unpublish([job.id])
    assert len(await table.work.due(5, queue_is_empty=False, limit=9)) == 1


async def test_two_sweepers_publish_a_job_once(table: Table) -> None:
    jobs = {(await table.added()).id for _ in range(30)}
    both = await asyncio.gather(*(table.work.due(5, queue_is_empty=True, limit=99) for _ in range(4)))
    published = [one.id for due in both for one in due]
    assert (len(published), set(published)) == (30, jobs)


async def test_single_uploads_go_before_those_of_batches(table: Table) -> None:
    bulk = await table.added(priority=10)
    single = await table.added()
    assert [one.id for one in await table.work.due(5, queue_is_empty=True, limit=1)] == [single.id]
    assert [one.id for one in await table.work.due(5, queue_is_empty=True, limit=1)] == [bulk.id]
    claims = [await table.work.claim(30) for _ in range(3)]
    assert [claim and claim.id for claim in claims] == [single.id, bulk.id, None]


async def test_a_worker_that_stops_gives_its_job_back(table: Table) -> None:
    job = await table.added()
    claim = await table.work.claim(30)
    assert claim is not None
    await table.work.release(claim)
    latest = await table.get(job)
    assert (latest.state, latest.attempts, latest.losses) == ("queued", 0, 0)
    assert len(await table.work.due(5, queue_is_empty=False, limit=9)) == 1


async def test_the_same_bytes_are_one_job_while_it_is_open_and_another_after_a_failure(table: Table) -> None:
    first, second = await table.added("same"), await table.added("same")
    assert second == first
    claim = await table.work.claim(30)
    assert claim is not None
    await table.work.fail(claim, BAD, again_in=None)
    third = await table.added("same")
    assert (third.id != first.id, third.document_id, third.state) == (True, first.document_id, "queued")


async def test_concurrent_uploads_of_the_same_bytes_are_one_job(table: Table) -> None:
    jobs = await asyncio.gather(*(table.added("same") for _ in range(8)))
    assert len({job.id for job in jobs}) == 1


async def test_a_failed_job_is_retried_from_the_beginning(table: Table) -> None:
    job = await table.added()
    claim = await table.work.claim(30)
    assert claim is not None
    await table.work.fail(claim, BAD, again_in=None)
    retried = await table.jobs.retry(job.id)
    assert retried is not None
    assert (retried.state, retried.attempts, retried.error, retried.finished_at) == ("queued", 0, None, None)
    assert len(await table.work.due(5, queue_is_empty=False, limit=9)) == 1
    assert await table.jobs.retry_all("ingest") == 0


async def test_the_state_of_the_queue_is_told(table: Table) -> None:
    job, _ = await table.added(), await table.added()
    await table.passes(job, 60)
    await table.work.seen("here:1")
    state = await table.jobs.state()
    assert (state.queued, state.running, state.failed, state.workers) == (2, 0, 0, 1)
    assert 60 <= state.oldest < 90
    await table.work.gone("here:1")
    assert (await table.jobs.state()).workers == 0


async def test_jobs_are_listed_in_pages(table: Table) -> None:
    from api.services.documents.store import Position

    jobs = [await table.added() for _ in range(5)]
    first = await table.jobs.page(3, None, None, None, None)
    rest = await table.jobs.page(3, Position(first[-1].created_at, first[-1].id), "queued", "ingest", None)
    assert [job.id for job in [*first, *rest]] == [job.id for job in reversed(jobs)]
    assert await table.jobs.page(3, None, "done", None, None) == []


async def test_a_task_is_queued_once_until_it_has_ended(table: Table) -> None:
    source = uuid4()
    first, same, other = [
        await table.jobs.add_task(uuid4(), "sync", "a source", subject, BULK) for subject in (source, source, None)
    ]
    assert (same.id, first.document_id) == (first.id, None)
    assert other.id != first.id
    assert (await table.jobs.add_task(uuid4(), "sync", "all", None, BULK)).id == other.id, "nothing is a subject, too"
    claim = await table.work.claim(30)
    assert claim is not None
    assert (claim.id, claim.subject) == (first.id, source)
    assert (await table.jobs.add_task(uuid4(), "sync", "a source", source, BULK)).id == first.id
    await table.work.finish(claim, None)
    assert (await table.jobs.add_task(uuid4(), "sync", "a source", source, BULK)).id != first.id


async def test_a_document_that_becomes_ready_between_two_statements_is_found(table: Table) -> None:
    """Its row is not there when the first statement looks, and its job is done when the second one does."""
    job = await table.added()
    assert job.document_id is not None
    claim = await table.work.claim(30)
    assert claim is not None
    ready = replace(STORED, id=job.document_id)
    late = LateReader(ready, lambda: table.work.finish(claim, job.document_id))
    reader = DocumentsAndJobs(table.database, late)  # type: ignore[arg-type] # what it needs of a reader
    assert await reader.document(id=job.document_id) == ready
    assert [document.id for document in await reader.documents(10, None, None)] == [job.document_id]


class LateReader:
    """Finds the document at the second look; the job ends at the first."""

    def __init__(self, ready: Document, end: Callable[[], Awaitable[None]]) -> None:
        self.ready = ready
        self.end = end
        self.looks = 0

    async def document(self, *, id: UUID | None = None, sha256: str | None = None) -> Document | None:
        self.looks += 1
        if self.looks > 1:
            return self.ready
        await self.end()
        return None

    async def documents(self, limit: int, after: Position | None, filename: str | None) -> list[Document]:
        return [self.ready]
