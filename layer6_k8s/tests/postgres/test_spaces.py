"""A switch of the embedding space, as the stores see it before the service has the new model."""

import numpy as np
import pytest

from api.adapters.postgres.search.spaces import Spaces
from api.adapters.postgres.tenants.directory import PostgresDirectory
from api.adapters.postgres.tenants.reembedding import TenantReembedding
from api.adapters.postgres.tenants.spaces import SpacesWithoutIndex
from api.errors import NotReady
from api.services.embedding.active_space import ActiveSpace, ModelLocation, OtherSpace
from api.services.embedding.embeddings import Space
from tests.stores.drafts import space
from tests.stores.opened import Opened

OTHER = Space("other@1/torch-fp32/3", 3)
INDEXES = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'embeddings_hnsw_%'"
MODEL = ModelLocation("organization/other", "/models/other")


async def switch(harness: Opened) -> TenantReembedding:
    """Every chunk gets a vector in the other space, which becomes the active one."""
    spaces = TenantReembedding(harness.database, PostgresDirectory(harness.database))
    await spaces.open(OTHER, MODEL)
    while chunks := await spaces.without_vector(OTHER, 10):
        await spaces.store(OTHER, chunks, np.eye(len(chunks), 3, dtype=np.float32) + 1)
    await spaces.index(OTHER)
    assert await spaces.switch(OTHER)
    return spaces


async def test_the_former_space_is_searched_until_its_model_is_replaced(harness: Opened) -> None:
    await harness.publish("the otter swims\nthe badger digs")
    before = await harness.found("badger")
    await switch(harness)
    assert await harness.found("badger") == before


async def test_nothing_is_stored_in_the_former_space_any_more(harness: Opened) -> None:
    await harness.publish("the otter swims")
    await switch(harness)
    with pytest.raises(OtherSpace, match="embedded in other@1"):
        await harness.publish("the badger digs")
    assert len(await harness.documents_on_disk()) == 1


async def test_a_space_that_was_never_searched_is_not_searched_after_the_switch(harness: Opened) -> None:
    await harness.publish("the otter swims")
    await switch(harness)
    with pytest.raises(OtherSpace):
        await Spaces(harness.database).active(await space())


async def test_a_space_that_is_dropped_is_not_searched_any_more(harness: Opened) -> None:
    await harness.publish("the otter swims")
    spaces = await switch(harness)
    await spaces.drop(await space())
    with pytest.raises(NotReady):
        await harness.found("otter")
    with pytest.raises(OtherSpace):
        await harness.found("otter")
    assert [known.space for known in await spaces.known()] == [OTHER]


async def test_an_active_space_is_not_dropped(harness: Opened) -> None:
    await harness.publish("the otter swims")
    await TenantReembedding(harness.database, PostgresDirectory(harness.database)).drop(await space())
    assert len(await harness.found("otter")) == 1
    assert await harness.database.rows(INDEXES) == [(0,)], "an index over all tenants would find too little"


async def test_the_active_space_is_known_with_its_model(harness: Opened) -> None:
    spaces = SpacesWithoutIndex(harness.database, ModelLocation("organization/first"))
    assert await spaces.find_active() is None
    first = await space()
    await spaces.active(first)
    assert await spaces.find_active() == ActiveSpace(first.name, ModelLocation("organization/first"))
    await switch(harness)
    assert await spaces.find_active() == ActiveSpace(OTHER.name, MODEL)
