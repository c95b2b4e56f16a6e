"""Reservations of a process that has died come back; those of a living one stay until its answers have ended."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from api.adapters.postgres.tenants.reservations import Reservations
from api.capabilities.running import running
from api.services.limits.spending import Reservation
from api.services.tenants.callers import EVERYONE, TenantCaller, acting_as
from tests.limits.conftest import Tenants, at_once

SHORT = timedelta(seconds=0.5)
OVER = timedelta(seconds=-1)
"""A lease that has ended when it begins."""
RESERVING = """
import asyncio, sys
from datetime import timedelta
from uuid import UUID
from api.adapters.postgres.tenants.database import TenantDatabase
from api.adapters.postgres.tenants.reservations import Reservations
from api.services.tenants.callers import Tenant, TenantCaller, acting_as

async def main(url, no, id):
    async with TenantDatabase(url, connections=1, seconds=10, write_seconds=20, upgrade=lambda url: None) as database:
        mine = Reservations(database, timedelta(seconds=0.5))
        keeping = asyncio.create_task(mine.keep())
        with acting_as(TenantCaller("t", Tenant(int(no), UUID(id), "t"))):
            await mine.reserve(700)
        print("reserved", flush=True)
        await keeping

asyncio.run(main(*sys.argv[1:]))
"""


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 - only the database knows
            await asyncio.sleep(0.02)


async def give_back(tenants: Tenants) -> int:
    with acting_as(EVERYONE):
        return await Reservations(tenants.database).give_back()


async def reserved(tenants: Tenants) -> int:
    return (await tenants.budgets.used()).reserved


async def lease(tenants: Tenants) -> datetime:
    ((end,),) = await tenants.database.rows("SELECT until FROM reservations")
    return datetime.fromisoformat(str(end))


async def made(tenants: Tenants, tokens: int, lease: timedelta = OVER) -> Reservation:
    reservation = (await Reservations(tenants.database, lease).reserve(tokens)).reservation
    assert reservation
    return reservation


@asynccontextmanager
async def another_process(tenants: Tenants, caller: TenantCaller) -> AsyncIterator[asyncio.subprocess.Process]:
    """One that has reserved 700 tokens, and renews them."""
    arguments = tenants.database.url, str(caller.tenant.no), str(caller.tenant.id)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RESERVING, *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout
        assert await asyncio.wait_for(process.stdout.readline(), 60) == b"reserved\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_what_a_killed_process_had_reserved_comes_back(tenants: Tenants) -> None:
    caller = await tenants.add(tokens=1_000)
    with acting_as(caller):
        async with another_process(tenants, caller) as process, running(Reservations(tenants.database, SHORT).keep()):
            began = await lease(tenants)

            async def renewed() -> bool:
                return await lease(tenants) > began + 2 * SHORT

            await until(renewed)
            assert await reserved(tenants) == 700, "it lives, and its first lease is over"

            process.kill()

            async def is_back() -> bool:
                return await reserved(tenants) == 0

            await until(is_back)
            assert (await tenants.budgets.reserve(1_000)).reservation


async def test_a_lease_that_is_not_over_is_not_given_back(tenants: Tenants) -> None:
    with acting_as(await tenants.add(tokens=1_000)):
        await made(tenants, 600, timedelta(hours=1))

        assert await give_back(tenants) == 0
        assert await reserved(tenants) == 600


async def test_an_answer_that_ends_after_its_lease_costs_what_it_spent_once(tenants: Tenants) -> None:
    with acting_as(await tenants.add(tokens=1_000)):
        late = await made(tenants, 600)
        assert await give_back(tenants) == 600
        await made(tenants, 300, timedelta(hours=1))

        await tenants.budgets.settle(late, 120, 30)

        used = await tenants.budgets.used()
        assert (used.tokens, used.reserved) == (150, 300), "the other answer's tokens stay reserved"


async def test_of_answers_that_end_while_they_are_given_back_each_counts_once(tenants: Tenants) -> None:
    with acting_as(await tenants.add(tokens=100_000)):
        ending = [await made(tenants, 100) for _ in range(20)]
        await made(tenants, 7, timedelta(hours=1))
        each = iter(ending)

        async def settle() -> None:
            await tenants.budgets.settle(next(each), 5, 1)

        results = await asyncio.gather(at_once(20, settle), at_once(20, partial(give_back, tenants)))

        assert not [one for one in (*results[0], *results[1]) if isinstance(one, BaseException)]
        await give_back(tenants)
        used = await tenants.budgets.used()
        assert (used.tokens, used.reserved) == (120, 7)


async def test_each_tenant_gets_back_its_own(tenants: Tenants) -> None:
    one, two = await tenants.add(tokens=1_000), await tenants.add(tokens=1_000)
    with acting_as(one):
        await made(tenants, 100)
    with acting_as(two):
        await made(tenants, 200)
        await made(tenants, 50, timedelta(hours=1))

    assert await give_back(tenants) == 300

    with acting_as(one):
        assert await reserved(tenants) == 0
    with acting_as(two):
        assert await reserved(tenants) == 50


async def test_what_is_settled_leaves_no_row(tenants: Tenants) -> None:
    with acting_as(await tenants.add(tokens=1_000)):
        await tenants.budgets.settle(await made(tenants, 100, timedelta(hours=1)), 10, 1)

        rows: list[tuple[UUID]] = await tenants.database.rows("SELECT id FROM reservations")

    assert rows == []
