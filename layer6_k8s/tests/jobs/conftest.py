"""A database with the tables of jobs, and jobs in it."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis

from api.adapters.postgres.database import Database
from api.adapters.postgres.jobs.jobs import PostgresJobs
from api.adapters.postgres.jobs.work import PostgresWork
from api.capabilities.database import open_database
from api.config import Settings
from api.services.documents.ingestion import Upload
from api.services.jobs.jobs import INTERACTIVE, Job, NewJob
from mystack.embedded import Valkey


@dataclass
class Table:
    """The table of jobs, as its users and as workers see it."""

    database: Database
    jobs: PostgresJobs
    work: PostgresWork

    async def added(self, text: str = "", **more: Any) -> Job:
        data = (text or uuid4().hex).encode()
        new = NewJob(uuid4(), "ingest", Upload(uuid4(), "note.txt", {"team": 1}), **{"priority": INTERACTIVE} | more)
        return await self.jobs.add(new, data, hashlib.sha256(data).hexdigest())

    async def get(self, job: Job) -> Job:
        found = await self.jobs.job(job.id)
        assert found is not None
        return found

    async def passes(self, job: Job, seconds: float) -> None:
        """Let time pass for a job: its lease, its wait and its publication are so much older."""
        query = """
            UPDATE jobs SET lease_until = lease_until - %(s)s * interval '1 s',
                run_after = run_after - %(s)s * interval '1 s', published_at = published_at - %(s)s * interval '1 s'
            WHERE id = %(id)s
        """
        async with self.database.transaction() as connection:
            await connection.execute(query, {"id": job.id, "s": seconds})


@pytest.fixture
async def table(stores: Callable[[], dict[str, Any]]) -> AsyncIterator[Table]:
    async with open_database(Settings(_env_file=None, **stores())) as database:
        yield Table(database, PostgresJobs(database), PostgresWork(database))


@pytest.fixture
def result() -> UUID:
    """The id of a document that came of a job."""
    return uuid4()


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty Valkey."""
    folder = tmp_path_factory.mktemp("valkey")
    with (folder / "lock").open("w") as lock:
        started = Valkey().start(folder, lock.fileno())
    try:
        yield started.settings["REDIS_URL"]
    finally:
        if started.child:
            started.child.stop()


@pytest.fixture
def given(needs: Callable[[], dict[str, Any]], valkey: str) -> dict[str, Any]:
    """The settings of a service and its workers; their queue is empty."""
    redis.Redis.from_url(valkey).flushall()
    return needs() | {"redis_url": valkey, "job_lease_seconds": 2, "llm_provider": "extractive"}
