"""PostgreSQL is killed, frozen, or its disk is full: acknowledged writes survive, and nothing is half stored."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.services.documents.store import Document, StoreUnavailable
from tests.library import Reader
from tests.postgres.server import Server, server
from tests.servers.running import eventually
from tests.stores.opened import Opened, opened


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path / "server") as harness:
        yield harness


@pytest.fixture
async def harness(postgres: Server) -> AsyncIterator[Opened]:
    async with opened({"database_url": postgres.url}) as harness:
        yield harness


async def until_done(ask: Callable[[], Any], *, pause: float = 0.1) -> Any:
    """Ask again while the store is unavailable."""
    while True:
        try:
            return await ask()
        except StoreUnavailable:
            await asyncio.sleep(pause)


async def all_are_complete(harness: Opened, documents: list[Document]) -> None:
    """Exactly these documents are stored, each complete."""
    assert await harness.documents_on_disk() == {document.id for document in documents}
    for document in documents:
        assert await harness.left_of(document.id) == (document.chunks, document.chunks)
    await harness.clean_up()


async def test_postgresql_is_killed_twice_during_fifty_uploads(
    postgres: Server, serve: Callable[..., str], http: httpx2.AsyncClient
) -> None:
    http.timeout = httpx2.Timeout(100)  # an upload may wait for others' locks, and for a server that has to start
    reader = Reader(http, serve(database_url=postgres.url, llm_provider="extractive", database_timeout_seconds=3))
    acknowledged: list[str] = []
    texts = [f"Document {n} is about the pier.\n\n" + "It says a little more about it. " * 40 for n in range(50)]
    room = asyncio.Semaphore(4)

    async def upload(text: str) -> None:
        async with room:
            while (answer := await reader.upload(text)).status_code == 503:
                assert answer.json()["code"] == "store_unavailable"
                await asyncio.sleep(0.1)
        assert answer.status_code in (200, 201), answer.text
        acknowledged.append(answer.json()["id"])

    def enough(done: int) -> bool:
        return len(acknowledged) >= done

    uploading = asyncio.gather(*map(upload, texts))
    for done in (10, 30):
        await asyncio.to_thread(eventually, partial(enough, done))
        await asyncio.to_thread(postgres.kill)
        assert len(acknowledged) < 50, "it is killed in the middle"
        await asyncio.to_thread(postgres.start)
    await uploading
    assert len(set(acknowledged)) == 50
    async with opened({"database_url": postgres.url}) as harness:
        await all_are_complete(harness, await harness.reader.documents(100, None, None))
        assert await harness.documents_on_disk() == set(map(UUID, acknowledged))
    assert len(await reader.hits("pier", mode="sparse", top_k=50)) == 50


async def test_a_frozen_postgresql_is_unavailable_until_it_continues(postgres: Server) -> None:
    async with opened({"database_url": postgres.url}, seconds=1, write_seconds=1) as harness:
        document = await harness.publish("here before")
        asks: list[Callable[[], Any]] = [
            lambda: harness.reader.document(id=document.id),
            lambda: harness.publish("frozen"),
        ]
        with postgres.frozen():
            answers = await asyncio.gather(*(ask() for ask in asks), return_exceptions=True)
        assert [type(answer) for answer in answers] == [StoreUnavailable] * 2
        assert await until_done(asks[0]) == document
        await all_are_complete(harness, [document, await until_done(asks[1])])


async def test_a_full_disk_fails_the_upload_and_loses_nothing(
    postgres: Server, harness: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    lottery, published = random.Random(5), []

    async def publish() -> None:
        published.append(await harness.publish("\n".join(lottery.randbytes(50_000).hex() for _ in range(12))))

    async def publish_many() -> None:
        for _ in range(60):
            await publish()

    postgres.stop()
    postgres.start(longest_file=20_000_000)  # a segment of PostgreSQL's log has 16,777,216
    await until_done(publish)
    with pytest.raises(StoreUnavailable):
        await publish_many()
    assert "could not extend file" in caplog.text
    assert len(published) < 60
    await all_are_complete(harness, published)
    await harness.store.remove(published.pop().id)
    postgres.stop()
    postgres.start()
    await until_done(lambda: all_are_complete(harness, published))
    await publish()
    await all_are_complete(harness, published)
