"""The library's version grows with every write, and with nothing else."""

import asyncio
from uuid import uuid4

import pytest

from api.adapters.postgres.search.reembedding import PostgresReembedding
from api.services.documents.store import StoreUnavailable
from api.services.embedding.embeddings import Space
from api.services.parsing.errors import DocumentNotFound
from tests.stores.faults import Faults
from tests.stores.opened import Opened, opened


async def test_each_write_changes_it_once(harness: Opened) -> None:
    assert await harness.reader.version() == 0
    old = await harness.publish("the first document")
    assert await harness.reader.version() == 1
    new = await harness.publish("its replacement", replaces=old.id)
    assert await harness.reader.version() == 2
    await harness.store.remove(new.id)
    assert await harness.reader.version() == 3


async def test_a_switch_to_another_embedding_space_changes_it(harness: Opened) -> None:
    document = await harness.publish("nothing is left to embed")
    await harness.store.remove(document.id)
    other, spaces = Space("other@1/torch-fp32/3", 3), PostgresReembedding(harness.database)
    await spaces.open(other, None)
    before = await harness.reader.version()
    assert await spaces.switch(other)
    assert await harness.reader.version() == before + 1


async def test_reads_and_refused_writes_do_not_change_it(harness: Opened) -> None:
    document = await harness.publish("the same bytes")
    before = await harness.reader.version()
    await harness.found("the same bytes")
    assert await harness.publish("the same bytes") == document
    with pytest.raises(DocumentNotFound):
        await harness.store.remove(uuid4())
    with pytest.raises(DocumentNotFound):
        await harness.publish("new", replaces=uuid4())
    assert await harness.reader.version() == before


async def test_a_write_that_fails_does_not_change_it(harness: Opened) -> None:
    faults = Faults()
    async with opened({"database_url": harness.database.url}, faults=faults) as faulty:
        faults.arm(6, "refused")
        with pytest.raises(StoreUnavailable):
            await faulty.publish("cut off in the middle")
        faults.arm(0, "refused")
    assert await harness.reader.version() == 0


async def test_of_concurrent_writes_each_counts_and_none_is_seen_before_its_version(harness: Opened) -> None:
    seen: list[tuple[int, int]] = []

    async def write(number: int) -> None:
        document = await harness.publish(f"document {number}")
        if number % 2:
            await harness.store.remove(document.id)

    async def read() -> None:
        rows = await harness.database.rows("SELECT version, (SELECT count(*) FROM documents) FROM library_version")
        seen.append(rows[0])

    writing = asyncio.gather(*map(write, range(20)))
    while not writing.done():
        await read()
    await writing
    await read()
    assert seen[-1] == (30, 10)
    assert [version for version, _ in seen] == sorted(version for version, _ in seen)
    assert all(documents <= version for version, documents in seen)
