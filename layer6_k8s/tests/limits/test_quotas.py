"""Quotas of record: tokens of a day, documents and bytes, held by PostgreSQL."""

from datetime import UTC, datetime
from functools import partial

import pytest

from api.services.limits.errors import QuotaExceeded
from api.services.limits.limits import Limits
from api.services.limits.spending import Budget
from api.services.tenants.callers import acting_as
from tests.limits.conftest import Tenants, at_once


async def test_a_tenant_reads_its_own_limits_and_nobody_reads_none(tenants: Tenants) -> None:
    caller, other = await tenants.add(requests=60, tokens=1_000, documents=5, bytes=99), await tenants.add()

    with acting_as(caller):
        assert await tenants.budgets.limits() == Limits(60, 1_000, 5, 99)
    with acting_as(other):
        assert await tenants.budgets.limits() == Limits()


async def test_of_fifty_reservations_at_once_those_within_the_budget_are_made(tenants: Tenants) -> None:
    caller, other = await tenants.add(tokens=1_000), await tenants.add(tokens=1_000)
    with acting_as(caller):
        made = await at_once(50, partial(tenants.budgets.reserve, 100))
        used = await tenants.budgets.used()

    assert sum(isinstance(each, Budget) and each.reservation is not None for each in made) == 10
    assert (used.tokens, used.reserved) == (0, 1_000)
    with acting_as(other):
        assert (await tenants.budgets.used()).reserved == 0
        assert (await tenants.budgets.reserve(1_000)).reservation


async def test_a_refused_reservation_says_what_is_left(tenants: Tenants) -> None:
    with acting_as(await tenants.add(tokens=1_000)):
        await tenants.budgets.reserve(700)

        assert await tenants.budgets.reserve(301) == Budget(datetime.now(UTC).date(), 1_000, 300)


async def test_the_first_reservation_of_a_day_may_be_too_large_too(tenants: Tenants) -> None:
    with acting_as(await tenants.add(tokens=1_000)):
        assert not (await tenants.budgets.reserve(1_001)).reservation
        assert (await tenants.budgets.used()).reserved == 0


async def test_what_is_settled_takes_the_place_of_what_was_reserved(tenants: Tenants) -> None:
    with acting_as(await tenants.add(tokens=1_000)):
        budget = await tenants.budgets.reserve(900)

        assert budget.reservation
        await tenants.budgets.settle(budget.reservation, 120, 30)

        used = await tenants.budgets.used()
        assert (used.tokens, used.reserved) == (150, 0)
        assert (await tenants.budgets.reserve(850)).reservation


async def test_of_fifty_uploads_at_once_those_within_the_quota_of_documents_are_stored(tenants: Tenants) -> None:
    caller, other = await tenants.add(documents=10), await tenants.add(documents=10)
    with acting_as(caller):
        made = await at_once(50, tenants.upload)
        used = await tenants.budgets.used()

    assert sum(isinstance(each, QuotaExceeded) for each in made) == 40, made
    assert used.documents == 10
    with acting_as(other):
        assert (await tenants.budgets.used()).documents == 0
        await tenants.upload()


async def test_of_many_uploads_at_once_those_within_the_quota_of_bytes_are_stored(tenants: Tenants) -> None:
    with acting_as(await tenants.add(bytes=1_050)):
        made = await at_once(20, partial(tenants.upload, 100))
        used = await tenants.budgets.used()

    assert sum(isinstance(each, QuotaExceeded) for each in made) == 10
    assert used.bytes == 1_000


async def test_a_refused_upload_leaves_nothing_and_says_what_to_do(tenants: Tenants) -> None:
    with acting_as(await tenants.add(documents=1)):
        await tenants.upload()

        with pytest.raises(QuotaExceeded, match=r"may store 1 documents.*Delete some"):
            await tenants.upload()

        assert (await tenants.budgets.used()).documents == 1
        assert await tenants.database.rows("SELECT count(*) FROM files") == [(1,)]


async def test_without_a_quota_everything_is_stored(tenants: Tenants) -> None:
    with acting_as(await tenants.add()):
        made = await at_once(20, tenants.upload)

    assert not any(isinstance(each, BaseException) for each in made), made
