"""What keeps tenants apart is PostgreSQL: each wall by itself, and what it does when somebody forgets the tenant."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from api.adapters.postgres.schema.migrations import SchemaRefused
from api.adapters.postgres.tenants.ownership import SHARED
from api.adapters.postgres.tenants.roles import prepare, require_bound, without_views
from api.services.serving.authentication import ANONYMOUS
from api.services.serving.context import current_caller
from api.services.tenants.callers import EVERYONE, TenantCaller, acting_as
from tests.needs import as_owner, as_superuser
from tests.postgres.rows import fill
from tests.stores.drafts import draft
from tests.stores.opened import Opened
from tests.stores.writes import NEW
from tests.tenants.several import as_tenant, new_tenant

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
NOBODY = "-c app.tenant= -c app.everyone= -c search_path=public"
"""Options of a connection that has not said who it is, whatever the roles of the tests say by themselves."""
KEYS = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u') AND conname NOT LIKE '%_alone_key'
        AND conname <> 'api_keys_id_key' AND conkey[1] <> (
            SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = 'tenant_no'
        )
"""
UNGUARDED = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    AND NOT (relrowsecurity AND relforcerowsecurity)
"""


@dataclass
class Two:
    """A tenant with a row in every table, and one with nothing."""

    harness: Opened
    full: TenantCaller
    empty: TenantCaller
    owned: list[str]

    async def rows(self, query: str) -> list[Any]:
        return await self.harness.database.rows(query.encode())

    async def write(self, query: str) -> int:
        async with self.harness.database.transaction() as connection:
            return (await connection.execute(query.encode())).rowcount


@pytest.fixture
async def two(harness: Opened) -> Two:
    full = current_caller.get()
    assert isinstance(full, TenantCaller)
    await fill(harness)
    tables = {name for (name,) in await harness.database.rows(TABLES)}
    return Two(harness, full, await new_tenant(harness.database, "other"), sorted(tables - SHARED))


async def test_every_table_is_the_tenants_or_named_as_shared(two: Two) -> None:
    assert [row for row in await two.rows(KEYS) if row[0] not in SHARED] == []
    unguarded = {name for (name,) in await two.rows(UNGUARDED)}
    assert unguarded == {"alembic_version", "embedding_spaces", "workers"}
    views = "SELECT viewname FROM pg_views WHERE schemaname = 'tenant'"
    assert {name for (name,) in await two.rows(views)} == set(two.owned)


async def test_another_tenant_finds_no_row_in_any_table(two: Two) -> None:
    for table in two.owned:
        assert (await two.rows(f'SELECT count(*) FROM "{table}"'))[0][0] > 0, table
    with acting_as(two.empty):
        for table in [*two.owned, *(f"public.{name}" for name in two.owned)]:
            expected = 1 if table.endswith("library_version") else 0
            assert await two.rows(f"SELECT count(*) FROM {table}") == [(expected,)], table
        assert await two.rows("SELECT name FROM public.tenants") == [("other",)]
        assert await two.rows("SELECT count(*) FROM audit_log") == [(0,)]


async def test_who_has_not_said_for_whom_finds_nothing(two: Two) -> None:
    with acting_as(ANONYMOUS):
        for table in [*two.owned, *(f"public.{name}" for name in [*two.owned, "tenants", "audit_log"])]:
            assert await two.rows(f"SELECT count(*) FROM {table}") == [(0,)], table
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await two.write("INSERT INTO batches (id) VALUES (gen_random_uuid())")


@pytest.mark.parametrize("role", ["service", "owner"])
async def test_a_forgotten_tenant_gives_nothing_even_to_the_owner(two: Two, role: str) -> None:
    url = two.harness.database.url if role == "service" else as_owner(two.harness.database.url)
    async with await psycopg.AsyncConnection.connect(url, options=NOBODY) as connection:
        count = "SELECT (SELECT count(*) FROM public.documents), (SELECT count(*) FROM public.messages)"
        assert await (await connection.execute(count)).fetchone() == (0, 0)
        await connection.execute("SELECT set_config('app.tenant', '1', true)")
        assert await (await connection.execute(count)).fetchone() == (3, 2)
        await connection.commit()
        assert await (await connection.execute(count)).fetchone() == (0, 0), "the setting ended with its transaction"


async def test_the_service_itself_sees_bookkeeping_and_no_content(two: Two) -> None:
    with acting_as(EVERYONE):
        for table in ("documents", "texts", "chunks", "postings", "embeddings", "conversations", "messages"):
            assert await two.rows(f"SELECT count(*) FROM {table}") == [(0,)], table
        for table in ("jobs", "tenants", "api_keys", "audit_log"):
            assert (await two.rows(f"SELECT count(*) FROM {table}"))[0][0] > 0, table


async def test_nothing_is_written_for_another_tenant(two: Two) -> None:
    with acting_as(two.empty):
        assert await two.write("DELETE FROM public.documents") == 0
        assert await two.write("UPDATE public.conversations SET title = 'mine'") == 0
        for statement in (
            "INSERT INTO public.batches (tenant_no, id) VALUES (1, gen_random_uuid())",
            "TRUNCATE public.batches",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await two.write(statement)
        await two.write("INSERT INTO batches (id) VALUES (gen_random_uuid())")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await two.write("UPDATE public.batches SET tenant_no = 1")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            await two.write(f"INSERT INTO texts (document_id, text) VALUES ('{NEW.document.id}', 'mine')")


async def test_the_same_bytes_are_a_document_of_each(two: Two) -> None:
    mine = await as_tenant(two.empty, lambda: two.harness.store.publish(draft(NEW.text), None))
    assert mine.id != NEW.document.id
    assert len(await as_tenant(two.empty, two.harness.documents_on_disk)) == 1
    assert await as_tenant(two.empty, lambda: two.harness.texts_found("tide", top_k=50)) <= set(NEW.text.split("\n"))


async def test_a_tenant_that_is_deleted_leaves_nothing(two: Two) -> None:
    with acting_as(EVERYONE):
        assert await two.write("DELETE FROM tenants WHERE no = 1") == 1
    with psycopg.connect(as_superuser(two.harness.database.url)) as everything:
        left = {
            table: everything.execute(f"SELECT count(*) FROM public.{table} WHERE tenant_no = 1".encode()).fetchone()
            for table in two.owned
        }
    assert {table for table, count in left.items() if count != (0,)} == set()


async def test_a_role_that_row_level_security_does_not_bind_is_refused(two: Two) -> None:
    url = two.harness.database.url
    require_bound(url)
    with pytest.raises(SchemaRefused, match="owns the tables"):
        require_bound(as_owner(url))
    with pytest.raises(SchemaRefused, match="is a superuser"):
        require_bound(as_superuser(url))


@pytest.mark.parametrize(("changed", "used"), [("messages", "documents"), ("documents", "messages")])
async def test_a_column_is_shown_without_waiting_for_requests_on_other_tables(
    two: Two, monkeypatch: pytest.MonkeyPatch, changed: str, used: str
) -> None:
    url, owner = two.harness.database.url, as_owner(two.harness.database.url)
    with psycopg.connect(owner) as connection:
        connection.execute(f"ALTER TABLE {changed} ADD COLUMN mood text".encode())
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=1s")
    async with two.harness.database.transaction() as request:
        await request.execute(f"SELECT count(*) FROM {used}".encode())
        await asyncio.to_thread(prepare, owner, url)
    assert await two.rows(f"SELECT DISTINCT mood FROM {changed}") == [(None,)]


async def test_a_process_that_starts_late_leaves_the_views_of_the_others(harness: Opened) -> None:
    """It saw an older schema, and has waited for the migration of another process since."""
    await asyncio.to_thread(without_views, as_owner(harness.database.url))
    with psycopg.connect(as_owner(harness.database.url)) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM pg_views WHERE schemaname = 'tenant'").fetchone() == (True,)


async def test_versions_of_two_libraries_are_never_equal(two: Two) -> None:
    version = "SELECT version FROM library_version"
    [(first,)], [(second,)] = await two.rows(version), await as_tenant(two.empty, lambda: two.rows(version))
    assert first >> 32 != second >> 32


async def test_many_tenants_at_once_share_few_connections_and_see_their_own(harness: Opened) -> None:
    tenants = [await new_tenant(harness.database, f"tenant-{number}") for number in range(120)]

    async def work(tenant: TenantCaller) -> set[str]:
        with acting_as(tenant):
            await harness.publish(f"the ferry of {tenant.name} leaves")
            return await harness.texts_found("ferry leaves", top_k=50)

    limit = asyncio.Semaphore(50)

    async def limited(tenant: TenantCaller) -> set[str]:
        async with limit:
            return await work(tenant)

    found = await asyncio.gather(*(limited(tenant) for tenant in tenants))
    assert found == [{f"the ferry of {tenant.name} leaves"} for tenant in tenants]


async def test_open_jobs_of_all_tenants_are_counted_for_an_autoscaler(two: Two) -> None:
    with acting_as(two.empty):
        await two.write(
            f"INSERT INTO jobs (id, kind, filename, priority) VALUES ('{uuid4()}', 'quality', 'data quality', 10)"
        )
    with acting_as(ANONYMOUS):
        [(waiting, running)] = await two.rows("SELECT waiting, running FROM public.queue_depth")
        assert (waiting, running) == (3, 0)
        assert await two.rows("SELECT count(*) FROM public.jobs") == [(0,)], "the count leaves no door open"
