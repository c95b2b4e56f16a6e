"""Connections: limited in number and in time, and replaced when they are lost."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest
from psycopg import sql

from api.adapters.postgres.database import WAITING_PER_CONNECTION, Database
from api.services.documents.store import Document, StoreUnavailable
from tests.needs import Needs, as_superuser
from tests.stores.opened import opened

SLEEP = "SELECT pg_sleep(60)"
CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
CUT_ONE = f"{CUT} AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = %s ORDER BY random() LIMIT 1)"


@pytest.fixture
def url(stores: Needs) -> str:
    return str(stores()["database_url"])


@pytest.fixture
async def administrator(url: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A superuser's connection to another database of the same server."""
    server = urlsplit(as_superuser(url))._replace(path="/postgres").geturl()
    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
        yield connection


def database(url: str, *, connections: int = 2, seconds: float = 0.5, write_seconds: float = 0.5) -> Database:
    return Database(url, connections=connections, seconds=seconds, write_seconds=write_seconds)


async def test_there_are_never_more_connections_than_configured(url: str, administrator: Any) -> None:
    async with database(url, connections=3, seconds=20) as db:
        await asyncio.gather(*(db.rows("SELECT pg_sleep(0.05)") for _ in range(30)))
        cursor = await administrator.execute(CONNECTED, [urlsplit(url).path[1:]])
        assert await cursor.fetchone() == (3,)


async def test_a_wait_for_a_connection_ends_at_the_time_limit(url: str) -> None:
    async with database(url, seconds=0.3, write_seconds=20) as db:
        async with db.transaction(), db.transaction():
            with pytest.raises(StoreUnavailable, match=r"within 0\.3 s"):
                await db.rows("SELECT 1")
        assert await db.rows("SELECT 1") == [(1,)]


async def test_a_full_queue_for_connections_refuses_at_once(url: str) -> None:
    async with database(url, seconds=20) as db:
        busy = [asyncio.ensure_future(db.rows("SELECT pg_sleep(0.05)")) for _ in range(100)]
        results = await asyncio.gather(*busy, return_exceptions=True)
    refused = [result for result in results if isinstance(result, StoreUnavailable)]
    assert len(refused) == 100 - 2 * WAITING_PER_CONNECTION
    assert "DATABASE_CONNECTIONS" in refused[0].detail


async def test_a_read_that_exceeds_the_time_limit_is_cancelled_on_the_server(url: str, administrator: Any) -> None:
    async with database(url) as db:
        with pytest.raises(StoreUnavailable, match=r"within 0\.5 s"):
            await db.rows(SLEEP)
        still = "SELECT count(*) FROM pg_stat_activity WHERE query = %s AND state = 'active'"
        assert await (await administrator.execute(still, [SLEEP])).fetchone() == (0,)
        assert await db.rows("SELECT 1") == [(1,)]


async def test_a_transaction_that_exceeds_the_time_limit_is_rolled_back(url: str) -> None:
    async with opened({"database_url": url}) as stores:
        document = await stores.publish("stays")
    async with database(url) as db:

        async def too_long() -> None:
            async with db.transaction() as connection:
                await connection.execute("DELETE FROM documents")
                await connection.execute(SLEEP)

        with pytest.raises(StoreUnavailable, match=r"within 0\.5 s"):
            await too_long()
        assert await db.rows("SELECT id FROM documents") == [(document.id,)]


async def test_a_cancelled_transaction_is_rolled_back_and_its_connection_returned(url: str) -> None:
    async with database(url, connections=2, seconds=5, write_seconds=20) as db:

        async def write() -> None:
            async with db.transaction() as connection:
                await connection.execute("INSERT INTO texts VALUES (gen_random_uuid(), 'x')")

        async def slow() -> None:
            async with db.transaction() as connection:
                await connection.execute("INSERT INTO conversations VALUES (gen_random_uuid(), 'half', now(), now())")
                await connection.execute(SLEEP)

        for _ in range(4):
            writing = asyncio.ensure_future(slow())
            await asyncio.sleep(0.1)
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing
        assert await db.rows("SELECT FROM conversations") == []
        with pytest.raises(psycopg.IntegrityError):
            await write()


async def test_a_batch_is_stored_whole_or_not_at_all(url: str) -> None:
    async with database(url, connections=1, seconds=20, write_seconds=20) as db:
        insert = "INSERT INTO conversations VALUES (gen_random_uuid(), %s, now(), now())"

        async def write(*titles: str | None, stop: type[BaseException] | None = None) -> None:
            async with db.batch() as connection:
                for title in titles:
                    await connection.execute(insert, [title])
                if stop:
                    raise stop

        with pytest.raises(psycopg.errors.NotNullViolation):
            await write("before", None, "after")
        with pytest.raises(LookupError):
            await write("one of ours", stop=LookupError)
        with pytest.raises(asyncio.CancelledError):
            await write("interrupted", stop=asyncio.CancelledError)
        assert await db.rows("SELECT FROM conversations") == []
        await write("one", "two")
        assert await db.rows("SELECT title FROM conversations ORDER BY title") == [("one",), ("two",)]


async def test_what_a_batch_reads_inside_is_there_at_once(url: str) -> None:
    async with database(url, seconds=20, write_seconds=20) as db, db.batch() as connection:
        await connection.execute("INSERT INTO conversations VALUES (gen_random_uuid(), 'one', now(), now())")
        cursor = await connection.execute("SELECT title FROM conversations")
        assert await cursor.fetchall() == [("one",)]


async def test_broken_connections_are_not_used_again(url: str, administrator: Any) -> None:
    async with database(url, connections=3, seconds=10) as db:
        await asyncio.gather(*(db.rows("SELECT pg_sleep(0.05)") for _ in range(3)))
        await administrator.execute(CUT, [urlsplit(url).path[1:]])
        results = await asyncio.gather(*(db.rows("SELECT 1") for _ in range(6)))
    assert results == [[(1,)]] * 6


async def test_uploads_that_are_repeated_while_connections_break_succeed_once(
    stores: Needs, administrator: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    where, texts, failed = stores(), [f"document {n}\n" + "another line\n" * 30 for n in range(40)], 0
    async with opened(where) as db:

        async def upload(text: str) -> Document:
            nonlocal failed
            while True:
                try:
                    return await db.publish(text)
                except StoreUnavailable:
                    failed += 1

        uploading, cuts = asyncio.gather(*map(upload, texts)), 0
        while not uploading.done() and (cuts < 40 or not failed):
            cuts += 1
            await administrator.execute(CUT_ONE, [urlsplit(where["database_url"]).path[1:]] * 2)
            await asyncio.sleep(0.03)
        published = await uploading
    assert failed > 0
    async with opened(where) as db:
        assert sorted(await db.reader.documents(100, None, None), key=by_id) == sorted(published, key=by_id)
        for document in published:
            assert await db.left_of(document.id) == (document.chunks, document.chunks)
        await db.clean_up()


def by_id(document: Document) -> str:
    return str(document.id)


async def test_a_database_that_was_unreachable_is_used_again(
    url: str, administrator: Any, serve: Callable[..., str], http: httpx2.AsyncClient
) -> None:
    service = serve(database_url=url, llm_provider="extractive", database_timeout_seconds=2)
    assert (await http.get(f"{service}/documents")).status_code == 200
    name = sql.Identifier(urlsplit(url).path[1:])
    await administrator.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
    await administrator.execute(CUT, [urlsplit(url).path[1:]])
    for path in ("/documents", "/conversations"):
        answer = await http.get(service + path)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert int(answer.headers["retry-after"]) > 0
    health = (await http.get(f"{service}/health")).json()
    assert {one["name"] for one in health["dependencies"] if one["status"] == "down"} == {"postgresql"}
    assert (await http.get(f"{service}/health/live")).status_code == 200
    await administrator.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
    for _ in range(200):
        answer = await http.get(f"{service}/documents")
        if answer.status_code == 200:
            break
        await asyncio.sleep(0.1)
    assert answer.status_code == 200
    assert (await http.get(f"{service}/health/ready")).status_code == 200
