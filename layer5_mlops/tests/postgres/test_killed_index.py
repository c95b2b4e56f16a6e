"""PostgreSQL is killed while it builds an index: no half of it is left."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from api.adapters.postgres.search.spaces import create_index, drop_index
from api.services.documents.store import StoreUnavailable
from tests.postgres.server import Server, server
from tests.postgres.test_server_faults import all_are_complete, until_done
from tests.stores.drafts import draft, query, space
from tests.stores.opened import Opened, opened


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path / "server") as harness:
        yield harness


@pytest.fixture
async def harness(postgres: Server) -> AsyncIterator[Opened]:
    async with opened({"database_url": postgres.url}) as harness:
        yield harness


async def test_postgresql_is_killed_while_it_builds_an_index(postgres: Server, harness: Opened) -> None:
    lottery = random.Random(3)
    lines = [" ".join(f"word{lottery.randrange(5000)}" for _ in range(12)) for _ in range(15_000)]
    space_id = await harness.store.spaces.active(await space())
    async with harness.database.transaction() as connection:
        await drop_index(connection, space_id)
    large = draft("\n".join(lines))
    await harness.store.publish(large, None)
    dimension = (await space()).dimension

    async def build(memory: str) -> None:
        async with harness.database.transaction() as connection:
            await connection.execute(f"SET LOCAL maintenance_work_mem = '{memory}'")
            await create_index(connection, space_id, dimension)

    building = asyncio.ensure_future(build("8MB"))  # so little that the build is slow enough to be killed
    progress = "SELECT FROM pg_stat_progress_create_index WHERE blocks_done > 0 OR tuples_done > 0"
    while not await harness.database.rows(progress):
        assert not building.done()
    await asyncio.to_thread(postgres.kill)
    with pytest.raises(StoreUnavailable):
        await building
    await asyncio.to_thread(postgres.start)
    hnsw = "SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname LIKE 'embeddings_hnsw_%'"
    assert await until_done(lambda: harness.database.rows(hnsw)) == []
    await all_are_complete(harness, [large.document])
    await build("256MB")
    assert await harness.database.rows(hnsw) == [(True,)]
    [hit] = await harness.index.search(query(lines[7], 1))
    assert hit.chunk_id == large.chunks[7].id
