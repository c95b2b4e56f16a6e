"""A refresh embeds for the tenant whose job it is, and for no other."""

from uuid import UUID, uuid4

import pytest

from api.adapters.postgres.tenants.directory import PostgresDirectory
from api.adapters.postgres.tenants.reembedding import OwnRefresh, TenantReembedding
from api.services.documents.ingestion import Upload
from api.services.jobs.jobs import Claim
from api.services.quality.refresh import RefreshHandler, RefreshWaits
from api.services.tenants.callers import EVERYONE, TenantCaller, acting_as
from tests.stores.opened import Opened
from tests.tenants.several import as_tenant, new_tenant
from tests.upkeep.test_refresh import Embedder

CLAIM = Claim(uuid4(), uuid4(), "refresh", Upload(UUID(int=1), "refresh embeddings", {}, None), 1, 0)


async def missing(harness: Opened) -> int:
    ((count,),) = await harness.database.rows(
        "SELECT (SELECT count(*) FROM chunks) - (SELECT count(*) FROM embeddings)"
    )
    return int(count)


@pytest.fixture
async def two(harness: Opened) -> tuple[TenantCaller, TenantCaller]:
    """Both have a document without vectors."""
    callers = [await new_tenant(harness.database, name) for name in ("one", "two")]
    for caller in callers:
        await as_tenant(caller, lambda: harness.publish("The ferry leaves at seven."))
        with acting_as(caller):
            async with harness.database.transaction() as connection:
                await connection.execute("DELETE FROM embeddings")
    return callers[0], callers[1]


async def test_only_its_own_chunks_are_embedded(harness: Opened, two: tuple[TenantCaller, TenantCaller]) -> None:
    own, other = two
    handler = RefreshHandler(OwnRefresh(harness.database), Embedder(), seconds=30)
    await as_tenant(own, lambda: handler(CLAIM))
    assert await as_tenant(own, lambda: missing(harness)) == 0
    assert await as_tenant(other, lambda: missing(harness)) == 1


async def test_it_runs_beside_that_of_another_tenant(harness: Opened, two: tuple[TenantCaller, TenantCaller]) -> None:
    own, other = two
    handler = RefreshHandler(OwnRefresh(harness.database), Embedder(), seconds=30)
    with acting_as(other):
        async with OwnRefresh(harness.database).exclusive():
            await as_tenant(own, lambda: handler(CLAIM))
            with pytest.raises(RefreshWaits):
                await as_tenant(other, lambda: handler(CLAIM))
    assert await as_tenant(own, lambda: missing(harness)) == 0


async def test_it_waits_while_the_model_of_all_is_changed(
    harness: Opened, two: tuple[TenantCaller, TenantCaller]
) -> None:
    handler = RefreshHandler(OwnRefresh(harness.database), Embedder(), seconds=30)
    with acting_as(EVERYONE):
        all_tenants = TenantReembedding(harness.database, PostgresDirectory(harness.database))
        async with all_tenants.exclusive():
            with pytest.raises(RefreshWaits):
                await as_tenant(two[0], lambda: handler(CLAIM))
