"""The schema at the start of the service."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from alembic import command

from api.adapters.postgres.database import Database
from api.adapters.postgres.schema.migrations import MIGRATION_LOCK, SchemaRefused, migrate
from api.adapters.postgres.schema.version import heads, schema_is_current
from api.config import Settings
from api.main import create_app
from api.services.documents.store import StoreUnavailable
from tests.needs import UNREACHABLE, Needs, as_owner, as_superuser
from tests.servers.running import eventually
from tests.stores.opened import opened

NewDatabase = Callable[..., str]

WAITING = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
NEWEST_IS = (
    "UPDATE alembic_version SET version_num = '{}' WHERE version_num IN (SELECT max(version_num) FROM alembic_version)"
)
LAYER = Path(__file__).resolve().parents[2]
OPEN = """
import asyncio, sys
from api.adapters.postgres.database import Database
async def main():
    async with Database(sys.argv[1], connections=2, seconds=10, write_seconds=10) as database:
        await database.check()
asyncio.run(main())
print(*{"alembic"} & set(sys.modules))
"""


def execute(url: str, statement: str) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_of_two_concurrent_starts_one_migrates_and_the_other_waits(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, inside, together, go_on = as_owner(new_database()), 0, 0, threading.Event()
    upgrade = command.upgrade

    def slow_upgrade(*arguments: Any) -> None:
        nonlocal inside, together
        inside += 1
        together = max(together, inside)
        go_on.wait(20)
        upgrade(*arguments)
        inside -= 1

    monkeypatch.setattr(command, "upgrade", slow_upgrade)
    with ThreadPoolExecutor(2) as pool:
        starts = [pool.submit(migrate, url) for _ in range(2)]
        with psycopg.connect(url, autocommit=True) as watcher:
            eventually(lambda: watcher.execute(WAITING, [MIGRATION_LOCK]).fetchall())
        go_on.set()
        for start in starts:
            start.result()
    assert together == 1
    assert execute(url, "SELECT count(*) FROM alembic_version") == [(len(heads()),)]


async def test_two_services_that_start_concurrently_on_an_empty_database_both_serve(
    new_database: NewDatabase, needs: Needs, start: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    settings = Settings(_env_file=None, **needs() | {"database_url": new_database(), "llm_provider": "extractive"})
    apps = [create_app(settings) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        running = [start(app) for app in apps]
        urls = list(pool.map(lambda app: app.__enter__(), running))
    try:
        for url in urls:
            assert (await http.post(f"{url}/search", json={"query": "x"})).json()["hits"] == []
    finally:
        for app in running:
            app.__exit__(None, None, None)


async def test_a_start_on_a_current_database_changes_nothing(stores: Needs) -> None:
    where = stores()
    async with opened(where) as harness:
        document = await harness.publish("stays")
    oldest = execute(where["database_url"], "SELECT xmin FROM alembic_version")
    async with opened(where) as harness:
        assert await harness.documents_on_disk() == {document.id}
    assert execute(where["database_url"], "SELECT xmin FROM alembic_version") == oldest


def test_a_start_on_a_current_database_does_not_import_alembic(stores: Needs) -> None:
    command = [sys.executable, "-c", OPEN, stores()["database_url"]]
    assert subprocess.run(command, cwd=LAYER, capture_output=True, text=True, check=True).stdout.strip() == ""


@pytest.mark.parametrize("change", [NEWEST_IS.format("0001"), "DELETE FROM alembic_version"])
def test_a_database_at_another_revision_is_not_current(stores: Needs, change: str) -> None:
    url = stores()["database_url"]
    assert schema_is_current(url)
    execute(as_owner(url), change)
    assert not schema_is_current(url)


def test_a_database_that_is_newer_than_the_service_is_refused_and_unchanged(stores: Needs) -> None:
    url = stores()["database_url"]
    execute(as_owner(url), NEWEST_IS.format("9999"))
    with pytest.raises(SchemaRefused, match=r"^The database is newer than this service \(.* '9999'\): [^.]*\.$"):
        migrate(as_owner(url))
    assert ("9999",) in execute(url, "SELECT version_num FROM alembic_version")


@pytest.mark.parametrize("version", ["0.8.3", "0.7.9"])
def test_a_pgvector_that_is_too_old_is_refused(new_database: NewDatabase, version: str) -> None:
    url = new_database()
    execute(as_superuser(url), f"UPDATE pg_extension SET extversion = '{version}' WHERE extname = 'vector'")
    assert not schema_is_current(url)
    with pytest.raises(
        SchemaRefused, match=rf"^The database has pgvector {version}, and .* needs 0\.8\.4 or later: .*\.$"
    ):
        migrate(as_owner(url))
    assert execute(url, "SELECT to_regclass('documents')") == [(None,)]


@pytest.mark.parametrize("version", ["0.8.4", "0.8.10", "1.0.0"])
def test_a_pgvector_that_is_new_enough_is_accepted(new_database: NewDatabase, version: str) -> None:
    url = new_database()
    execute(as_superuser(url), f"UPDATE pg_extension SET extversion = '{version}' WHERE extname = 'vector'")
    migrate(as_owner(url))


def test_a_database_without_pgvector_is_refused(new_database: NewDatabase) -> None:
    with pytest.raises(
        SchemaRefused, match=r"^The database has no pgvector, and it cannot be added \(.*\): install it"
    ):
        migrate(as_owner(new_database("/template0")))


async def test_a_refused_database_ends_the_start_with_one_sentence(
    stores: Needs, needs: Needs, capfd: pytest.CaptureFixture[str]
) -> None:
    url = stores()["database_url"]
    execute(as_owner(url), NEWEST_IS.format("9999"))
    app = create_app(Settings(_env_file=None, **needs() | {"database_url": url}))
    sent = await startup(app)
    assert sent["type"] == "lifespan.startup.failed"
    assert sent["message"].startswith("The database is newer than this service")
    assert "\n" not in sent["message"]


async def startup(app: Any) -> dict[str, Any]:
    """The application's answer to the lifespan event `startup`."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with pytest.raises(SchemaRefused):
        await app({"type": "lifespan", "asgi": {}, "state": {}}, receive, send)
    return sent[0]


async def test_a_service_starts_without_its_database_and_serves_as_soon_as_it_exists(
    new_database: NewDatabase, needs: Needs, serve: Callable[..., str], http: httpx2.AsyncClient
) -> None:
    url = new_database()
    away = url + "_is_not_there_yet"
    service = serve(database_url=away, llm_provider="extractive")
    answer = await http.post(f"{service}/search", json={"query": "x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert "DATABASE_URL" in answer.json()["detail"]
    assert (await http.get(f"{service}/health/ready")).status_code == 503
    execute(as_superuser(url), f"CREATE DATABASE {away.rpartition('/')[2]} OWNER mystack TEMPLATE template1")
    for _ in range(200):
        answer = await http.post(f"{service}/search", json={"query": "x"})
        if answer.status_code == 200:
            break
        await asyncio.sleep(0.1)
    assert (answer.status_code, answer.json()["hits"]) == (200, [])


async def test_requests_wait_for_one_upgrade_that_they_neither_start_nor_cancel(new_database: NewDatabase) -> None:
    url = as_owner(new_database())
    name = url.rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        execute(as_superuser(url).replace(name, "postgres"), f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        async with Database(url, connections=2, seconds=0.3, write_seconds=0.3) as database:
            with pytest.raises(StoreUnavailable, match="cannot be reached"):
                await database.rows("SELECT 1")
            execute(as_superuser(url).replace(name, "postgres"), f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            await asyncio.to_thread(eventually, lambda: other.execute(WAITING, [MIGRATION_LOCK]).fetchall())
            for _ in range(3):
                with pytest.raises(StoreUnavailable, match=r"within 0\.3 s"):
                    await database.rows("SELECT 1")
            assert len(other.execute(WAITING, [MIGRATION_LOCK]).fetchall()) == 1, "no request started another"
            other.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
            await answers(database)
            assert await database.rows("SELECT count(*) FROM documents") == [(0,)]


async def answers(database: Database) -> None:
    """Wait until the database answers."""
    for _ in range(200):
        with suppress(StoreUnavailable):
            await database.rows("SELECT 1")
            return
        await asyncio.sleep(0.1)


async def test_an_unreachable_address_is_reported_without_the_password(
    serve: Callable[..., str], http: httpx2.AsyncClient
) -> None:
    service = serve(**UNREACHABLE, llm_provider="extractive")
    answers = await asyncio.gather(*(http.get(f"{service}/documents") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {503}
    assert "secret" not in answers[0].text
