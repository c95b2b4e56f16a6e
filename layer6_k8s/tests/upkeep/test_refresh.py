"""Chunks without a vector are embedded; a refresh that is interrupted goes on where it was."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from api.adapters.postgres.database import Database
from api.adapters.postgres.jobs.jobs import PostgresJobs
from api.adapters.postgres.jobs.work import PostgresWork
from api.adapters.postgres.search.reembedding import PostgresReembedding
from api.services.embedding.embeddings import Space
from api.services.jobs.jobs import BULK, Job
from api.services.jobs.keys import job_id
from api.services.jobs.worker import Worker
from api.services.quality.refresh import RefreshHandler
from tests.stores.drafts import ENCODER, draft
from tests.stores.drafts import space as drafts_space
from tests.stores.opened import Opened
from tests.upkeep.conftest import Service

TEXT = "\n".join(f"Line {number} of the log." for number in range(200))


class Embedder:
    """The port `Embedder`; it fails after a number of calls."""

    def __init__(self, calls: int = 1_000) -> None:
        self.calls = calls

    async def embed_documents(self, texts: Sequence[str]) -> Any:
        if self.calls == 0:
            raise ConnectionError("the model is gone")
        self.calls -= 1
        return ENCODER.encode(list(texts))

    async def embed_query(self, text: str) -> Any:
        return ENCODER.encode([text])[0]

    async def space(self) -> Space:
        return await drafts_space()


def worker(database: Database, embedder: Embedder, *, seconds: float = 60) -> Worker:
    handler = RefreshHandler(PostgresReembedding(database), embedder, seconds=seconds)
    return Worker(PostgresWork(database), {"refresh": handler}, lease=30, seconds=60)


async def queued(database: Database) -> Job:
    return await PostgresJobs(database).add_task(uuid4(), "refresh", "refresh embeddings", None, BULK)


async def without_vectors(harness: Opened) -> int:
    ((missing,),) = await harness.database.rows(
        "SELECT (SELECT count(*) FROM chunks) - (SELECT count(*) FROM embeddings)"
    )
    return int(missing)


@pytest.fixture
async def damaged(harness: Opened) -> Opened:
    await harness.store.publish(draft(TEXT), None)
    async with harness.database.transaction() as connection:
        await connection.execute("DELETE FROM embeddings")
    return harness


async def test_what_has_no_vector_is_embedded_and_found_again(service: Service) -> None:
    await service.reader.uploaded("The ferry to Lindholm leaves at seven.")
    await service.execute("DELETE FROM embeddings")
    assert await service.reader.hits("The ferry to Lindholm leaves at seven.", mode="dense") == []
    job = await service.done("/jobs/refresh-embeddings")
    assert (job["kind"], job["filename"], job["document_id"]) == ("refresh", "refresh embeddings", None)
    assert await service.reader.hits("The ferry to Lindholm leaves at seven.", mode="dense") != []


async def test_nothing_to_do_is_done(service: Service) -> None:
    await service.done("/jobs/refresh-embeddings")


async def test_a_refresh_that_fails_in_the_middle_goes_on_where_it_was(damaged: Opened) -> None:
    job = await queued(damaged.database)
    await worker(damaged.database, Embedder(calls=2)).run()
    assert await without_vectors(damaged) == 200 - 2 * 64
    again = await PostgresJobs(damaged.database).job(job.id)
    assert again is not None
    assert (again.state, again.attempts) == ("queued", 1)
    async with damaged.database.transaction() as connection:
        await connection.execute("UPDATE jobs SET run_after = now()")
    await worker(damaged.database, Embedder()).run()
    assert await without_vectors(damaged) == 0


async def test_a_long_refresh_pauses_and_that_is_neither_error_nor_loss(damaged: Opened) -> None:
    job = await queued(damaged.database)
    await worker(damaged.database, Embedder(), seconds=-1).run()
    paused = await PostgresJobs(damaged.database).job(job.id)
    assert paused is not None
    assert (paused.state, paused.attempts, paused.losses, paused.error) == ("queued", 0, 0, None)
    await worker(damaged.database, Embedder()).run()
    done = await PostgresJobs(damaged.database).job(job.id)
    assert done is not None
    assert done.state == "done"


async def test_a_refresh_waits_while_another_process_fills_a_space(damaged: Opened) -> None:
    job = await queued(damaged.database)
    async with PostgresReembedding(damaged.database).exclusive():
        await worker(damaged.database, Embedder()).run()
    waiting = await PostgresJobs(damaged.database).job(job.id)
    assert waiting is not None
    assert waiting.error is not None
    assert (waiting.state, waiting.error.code) == ("queued", "refresh_waits")


async def test_a_key_starts_one_job_however_often_it_is_sent(service: Service) -> None:
    jobs = await asyncio.gather(*(service.started("/jobs/refresh-embeddings", "monday") for _ in range(5)))
    await service.ended(jobs[0])
    later = await service.started("/jobs/refresh-embeddings", "monday")
    assert {job["id"] for job in jobs} == {later["id"]}
    other = await service.started("/jobs/refresh-embeddings", "tuesday")
    same_key_other_kind = await service.started("/jobs/check-quality", "monday")
    assert len({later["id"], other["id"], same_key_other_kind["id"]}) == 3


def test_a_key_of_one_subject_is_none_of_another() -> None:
    one, two = uuid4(), uuid4()
    assert job_id("sync", one, "monday") == job_id("sync", one, "monday") != job_id("sync", two, "monday")
    assert job_id("sync", one, None) != job_id("sync", one, None)


async def test_a_key_that_no_header_should_have_is_refused(service: Service) -> None:
    url = f"{service.reader.url}/jobs/check-quality"
    response = await service.reader.http.post(url, headers={"Idempotency-Key": "x" * 256})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_idempotency_key")
