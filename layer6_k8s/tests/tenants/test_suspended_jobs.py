"""The jobs of a suspended tenant wait until it is active again; only its export runs."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from api.adapters.postgres.jobs.jobs import PostgresJobs
from api.adapters.postgres.tenants.tenants import PostgresTenants
from api.adapters.postgres.tenants.turns import PostgresTurns
from api.services.jobs.jobs import BULK, Claim, JobError
from api.services.jobs.kinds import JobKind
from api.services.tenants.accounts import Changes
from api.services.tenants.callers import EVERYONE, TenantCaller, acting_as
from tests.stores.opened import Opened
from tests.tenants.several import as_tenant, new_tenant

Queue = Callable[..., Awaitable[UUID]]


@pytest.fixture
async def acme(harness: Opened) -> TenantCaller:
    return await new_tenant(harness.database, "acme")


@pytest.fixture
def queued(harness: Opened, acme: TenantCaller) -> Queue:
    async def queue(kind: JobKind = "refresh") -> UUID:
        jobs = PostgresJobs(harness.database)
        return (await as_tenant(acme, lambda: jobs.add_task(uuid4(), kind, "a task", None, BULK))).id

    return queue


async def suspend(harness: Opened, caller: TenantCaller, *, suspended: bool = True) -> None:
    await PostgresTenants(harness.database).change(caller.tenant.id, Changes(suspended=suspended), "a test")


async def claimed(harness: Opened) -> Claim | None:
    with acting_as(EVERYONE):
        return await PostgresTurns(harness.database).claim(30)


async def test_they_wait_and_go_on(harness: Opened, acme: TenantCaller, queued: Queue) -> None:
    before = await queued("refresh")
    await suspend(harness, acme)
    during = await queued("quality")
    assert await claimed(harness) is None
    with acting_as(EVERYONE):
        work = PostgresTurns(harness.database)
        assert await work.due(0, queue_is_empty=True, limit=10) == [], "no worker is woken in vain"
        ((waiting, _),) = await harness.database.rows("SELECT waiting, running FROM queue_depth")
        assert waiting == 0, "no worker is added in vain"
    await suspend(harness, acme, suspended=False)
    found = [await claimed(harness) for _ in range(2)]
    assert {claim.id for claim in found if claim} == {before, during}


async def test_one_that_runs_is_taken_from_its_worker(harness: Opened, acme: TenantCaller, queued: Queue) -> None:
    job_id = await queued()
    claim = await claimed(harness)
    assert claim is not None
    await suspend(harness, acme)
    assert not await as_tenant(acme, lambda: PostgresTurns(harness.database).renew(claim, 30, "embedding", 0.5))
    job = await as_tenant(acme, lambda: PostgresJobs(harness.database).job(job_id))
    assert job is not None
    assert (job.state, job.attempts, job.losses) == ("queued", 0, 0)
    assert await claimed(harness) is None


async def test_one_that_its_worker_gives_back_waits_too(harness: Opened, acme: TenantCaller, queued: Queue) -> None:
    await queued("export")
    running = await claimed(harness)
    assert running is not None
    await suspend(harness, acme)
    job_id = await queued()
    await as_tenant(acme, lambda: PostgresTurns(harness.database).release(running))
    again = await claimed(harness)
    assert again is not None
    assert (again.id, again.kind) == (running.id, "export"), "the export runs"
    fault = JobError("x", "y", 500)
    await as_tenant(acme, lambda: PostgresTurns(harness.database).fail(again, fault, again_in=0))
    assert [claim.id for claim in [await claimed(harness)] if claim] == [running.id]
    assert job_id != running.id
    assert await claimed(harness) is None


async def test_others_are_served_meanwhile(harness: Opened, acme: TenantCaller, queued: Queue) -> None:
    await queued()
    await suspend(harness, acme)
    other = await new_tenant(harness.database, "other")
    jobs = PostgresJobs(harness.database)
    theirs = await as_tenant(other, lambda: jobs.add_task(uuid4(), "quality", "a task", None, BULK))
    claim = await claimed(harness)
    assert claim is not None
    assert claim.id == theirs.id
