"""An archive is kept for a day."""

from collections.abc import AsyncIterator
from uuid import uuid4

from api.adapters.postgres.archives.store import PostgresArchives
from api.adapters.postgres.jobs.jobs import PostgresJobs
from api.adapters.postgres.tenants.turns import PostgresTurns
from api.services.jobs.jobs import BULK
from api.services.tenants.callers import EVERYONE, acting_as
from tests.stores.opened import Opened
from tests.tenants.several import as_tenant, new_tenant


async def given(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_what_an_attempt_has_stored_replaces_what_the_one_before_has(harness: Opened) -> None:
    archives = PostgresArchives(harness.database)
    job = await PostgresJobs(harness.database).add_task(uuid4(), "export", "export", None, BULK)
    await archives.put(job.id, given(b"one", b"two", b"three"))
    await archives.put(job.id, given(b"four", b"five"))
    assert await archives.size(job.id) == 8
    assert [part async for part in archives.parts(job.id)] == [b"four", b"five"]


async def test_after_a_day_it_is_gone_for_every_tenant(harness: Opened) -> None:
    archives, jobs = PostgresArchives(harness.database), PostgresJobs(harness.database)
    caller = await new_tenant(harness.database, "acme")
    job = await as_tenant(caller, lambda: jobs.add_task(uuid4(), "export", "export", None, BULK))
    await as_tenant(caller, lambda: archives.put(job.id, given(b"old")))
    with acting_as(caller):
        async with harness.database.transaction() as connection:
            await connection.execute("UPDATE archives SET created_at = now() - interval '25 hours'")
        assert await archives.size(job.id) is None
    with acting_as(EVERYONE):
        await PostgresTurns(harness.database).take_back()
    with acting_as(caller):
        assert await harness.database.rows("SELECT FROM archives") == []
