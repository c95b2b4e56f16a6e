"""Settings of a checkout hold for that checkout alone."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path

import pytest

from api.adapters.layer_file import read_layer
from api.adapters.postgres.database import Database
from api.capabilities.database import open_database
from api.config import Settings
from api.services.documents.store import StoreUnavailable
from tests.needs import Needs
from tests.stores.faults import Faults
from tests.stores.opened import opened

LAYER = Path(__file__).resolve().parents[2]
READ = "SELECT current_setting('mystack.tenant', true), current_setting('mystack.role', true)"
settings: ContextVar[Mapping[str, str]] = ContextVar("settings")


@asynccontextmanager
async def scoped(stores: Needs, connections: int) -> AsyncIterator[Database]:
    url = stores()["database_url"]
    async with Database(url, connections=connections, seconds=10, write_seconds=10, scope=settings.get) as database:
        yield database


async def read(database: Database, **values: str) -> tuple[str | None, ...]:
    """What a read sees whose scope has these values."""
    settings.set({f"mystack.{name}": value for name, value in values.items()})
    ((*found,),) = await database.rows(READ)
    return tuple(found)


async def test_concurrent_checkouts_see_their_own_values(stores: Needs) -> None:
    settings.set({})
    async with scoped(stores, 2) as database:

        async def read_twice(tenant: str) -> set[tuple[str | None, ...]]:
            settings.set({"mystack.tenant": tenant})
            async with database.transaction() as connection:
                seen = set()
                for _ in range(2):
                    seen.add((await (await connection.execute(READ)).fetchone() or ())[:1])
                    await barrier.wait()
                return seen

        barrier = asyncio.Barrier(2)
        assert await asyncio.gather(read_twice("north"), read_twice("south")) == [{("north",)}, {("south",)}]


async def test_nothing_leaks_to_the_next_checkout_of_the_same_connection(stores: Needs) -> None:
    settings.set({})
    async with scoped(stores, 1) as database:
        assert await read(database, tenant="north", role="admin") == ("north", "admin")
        assert await read(database, tenant="south") == ("south", "")
        assert await read(database) == ("", "")
        assert await read(database, tenant="north") == ("north", "")


async def test_values_are_values_and_never_statements(stores: Needs) -> None:
    settings.set({})
    value = "'; DROP TABLE documents; --"
    async with scoped(stores, 1) as database:
        assert await read(database, tenant=value) == (value, None)
        assert await database.rows("SELECT count(*) FROM documents") == [(0,)]


async def test_settings_that_stay_the_same_cost_no_round_trip(stores: Needs) -> None:
    settings.set({})
    faults = Faults()
    async with opened(stores(), faults=faults) as there:
        there.database._settings.scope = settings.get
        await there.database.rows("SELECT 1")
        faults.arm(0, "refused")
        await there.database.rows("SELECT 1")
        usual = faults.calls
        settings.set({"mystack.tenant": "south"})
        for expected in (usual + 1, usual):
            faults.arm(0, "refused")
            await there.database.rows("SELECT 1")
            assert faults.calls == expected


async def test_administrators_see_which_layer_is_connected(stores: Needs) -> None:
    async with open_database(Settings(_env_file=None, **stores())) as database:
        query = "SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        [(name,)] = await database.rows(query)
        assert name == f"mystack layer{read_layer(LAYER).number}"


async def test_a_statement_whose_client_is_gone_ends_all_the_same(stores: Needs) -> None:
    async with open_database(Settings(_env_file=None, **stores()), seconds=0.3, write_seconds=0.3) as database:
        assert await database.rows("SHOW statement_timeout") == [("300ms",)]
        with pytest.raises(StoreUnavailable):
            await database.rows("SELECT pg_sleep(60)")
