"""What is answered while a store of limits is away: rates go on in the process, everything else is closed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import pytest

from api.adapters.postgres.tenants.budgets import PostgresBudgets
from api.adapters.postgres.tenants.database import TenantDatabase
from api.services.documents.store import StoreUnavailable
from api.services.limits.errors import LimitsUnavailable
from api.services.limits.known import KnownLimits
from api.services.limits.limits import UNLIMITED, Limits, Used
from api.services.limits.local import LocalBuckets
from api.services.limits.rates import Bucket
from api.services.limits.spending import Spendable, Spending
from api.services.tenants.callers import Tenant, TenantCaller, acting_as, default_caller
from tests.limits.conftest import Counted, Service
from tests.needs import UNREACHABLE

Serve = Callable[..., Awaitable[Service]]
A_TENANT = TenantCaller("a-tenant", Tenant(7, uuid4(), "a-tenant"), key_id="one")
ASK = {"message": "What is 2 + 2?"}
NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
async def away() -> AsyncIterator[PostgresBudgets]:
    """Budgets in a PostgreSQL that cannot be reached."""
    async with TenantDatabase(UNREACHABLE["database_url"], connections=2, seconds=0.2, write_seconds=0.2) as database:
        yield PostgresBudgets(database)


class Failing:
    """The port `LimitStore`, which fails if it is told to."""

    def __init__(self, limits: Limits) -> None:
        self.found = limits
        self.fails = False

    async def limits(self) -> Limits:
        if self.fails:
            raise StoreUnavailable
        return self.found

    async def used(self) -> Used:
        raise StoreUnavailable


async def test_a_tenant_whose_limits_were_never_read_is_refused(service: Serve) -> None:
    client = await (await service(**UNREACHABLE, llm_provider="extractive")).client(A_TENANT)

    answers = [await client.post("/chat", json=ASK), await client.get("/models")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert answers[0].json()["code"] == "limits_unavailable"
    assert answers[0].headers["retry-after"] == "2"


async def test_below_v1_it_is_refused_in_the_shape_of_openai(service: Serve) -> None:
    client = await (await service(**UNREACHABLE, llm_provider="extractive")).client(A_TENANT)

    error = (await client.get("/v1/models")).json()["error"]

    assert (error["type"], error["code"]) == ("server_error", "limits_unavailable")


async def test_without_credentials_what_needs_no_database_is_answered_without_one(service: Serve) -> None:
    client = await (await service(**UNREACHABLE, llm_provider="extractive")).client(default_caller("anonymous"))

    assert (await client.get("/models")).status_code == 200


async def test_limits_that_were_read_hold_while_postgresql_is_away() -> None:
    store = Failing(Limits(requests=3))
    known = KnownLimits(store, seconds=0.0)
    assert await known.of(A_TENANT) == Limits(requests=3)
    store.fails = True

    assert await known.of(A_TENANT) == Limits(requests=3)
    assert await KnownLimits(store).of(default_caller("anonymous")) == UNLIMITED


async def test_no_token_is_spent_that_cannot_be_reserved(away: PostgresBudgets, metrics: Counted) -> None:
    buckets = LocalBuckets()
    spending = Spending(Spendable(7, 1_000, 600, buckets, away, metrics), set())

    with acting_as(A_TENANT), pytest.raises(LimitsUnavailable):
        await spending.ensure(100)

    assert spending.reserved == 0
    assert (await buckets.take(7, [Bucket("tokens", 600, 0)])).left == (600,), "those of the minute were given back"
    assert metrics.counts == ["mystack_limited_total unreadable"]


async def test_while_redis_is_away_rates_hold_in_the_process_and_health_says_so(service: Serve) -> None:
    served = await service(redis_url=NOBODY, pods=2, llm_provider="extractive")
    client = await served.tenant(requests=10)

    statuses = [(await client.get("/models")).status_code for _ in range(8)]

    assert statuses == [200] * 5 + [429] * 3
    health = (await client.get("/health")).json()
    limits = next(each for each in health["dependencies"] if each["name"] == "limits")
    assert (health["status"], limits["status"]) == ("degraded", "degraded")
    assert "1/2 of the rates" in limits["reason"]
    assert "mystack_limits_local 1.0" in (await (await served.operator()).get("/metrics")).text
