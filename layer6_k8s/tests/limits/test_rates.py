"""Rates: token buckets in Redis, and in the process while Redis is away."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import pytest
import redis

from api.adapters.redis.limits import RedisBuckets
from api.services.limits.errors import LimitsUnavailable, RatesUnavailable
from api.services.limits.fallback import SharedBuckets
from api.services.limits.local import LocalBuckets
from api.services.limits.rates import Bucket, RateLimiter
from mystack.embedded import Started, Valkey
from tests.jobs.conftest import valkey
from tests.limits.conftest import Counted

__all__ = ["valkey"]  # a fixture

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture(params=["redis", "local"])
async def limiter(request: pytest.FixtureRequest, valkey: str) -> AsyncIterator[RateLimiter]:
    redis.Redis.from_url(valkey).flushall()
    if request.param == "local":
        yield LocalBuckets()
        return
    buckets = RedisBuckets(valkey)
    yield buckets
    await buckets.close()


async def allowed(limiter: RateLimiter, number: int, buckets: Sequence[Bucket], tenant_no: int = 1) -> int:
    taken = await asyncio.gather(*(limiter.take(tenant_no, buckets) for _ in range(number)))
    return sum(each.refused is None for each in taken)


async def test_of_fifty_at_once_against_ten_exactly_ten_are_allowed(limiter: RateLimiter) -> None:
    assert await allowed(limiter, 50, [Bucket("requests", 10)]) == 10


async def test_each_tenant_has_buckets_of_its_own(limiter: RateLimiter) -> None:
    await allowed(limiter, 50, [Bucket("requests", 10)])

    assert await allowed(limiter, 50, [Bucket("requests", 10)], tenant_no=2) == 10


async def test_a_request_takes_from_all_buckets_or_from_none(limiter: RateLimiter) -> None:
    both = [Bucket("requests", 10), Bucket("key:one", 3)]
    assert await allowed(limiter, 50, both) == 3

    taken = await limiter.take(1, [Bucket("requests", 10)])

    assert taken.left == (6,), "three requests of the key and this one were taken, and no refused one"


async def test_the_bucket_that_refuses_says_when_it_has_enough(limiter: RateLimiter) -> None:
    full = await limiter.take(1, [Bucket("requests", 10), Bucket("tokens", 600, 590)])

    refused = await limiter.take(1, [Bucket("requests", 10), Bucket("tokens", 600, 60)])

    assert full.left == (9, 10)
    assert refused.refused == 1
    assert 4.5 < refused.wait <= 5.1, "50 tokens come back in 5 s"


async def test_what_costs_more_than_the_limit_empties_a_full_bucket(limiter: RateLimiter) -> None:
    taken = await limiter.take(1, [Bucket("tokens", 600, 10_000)])

    assert taken.refused is None
    assert taken.left == (0,)


async def test_a_bucket_in_debt_refuses_what_costs_nothing(limiter: RateLimiter) -> None:
    await limiter.take(1, [Bucket("tokens", 600, 600)])
    assert (await limiter.take(1, [Bucket("tokens", 600, 0)])).refused is None
    await limiter.take(1, [Bucket("tokens", 600, -600)])

    assert (await limiter.take(1, [Bucket("tokens", 600, 0)])).left == (600,), "it was given back"


async def test_a_local_bucket_is_refilled_steadily() -> None:
    now = 0.0
    buckets = LocalBuckets(clock=lambda: now)
    assert await allowed(buckets, 50, [Bucket("requests", 60)]) == 50
    now = 5.0

    assert await allowed(buckets, 50, [Bucket("requests", 60)]) == 15


async def test_local_buckets_are_bounded_in_number() -> None:
    buckets = LocalBuckets(most=100)
    for tenant_no in range(1_000):
        await buckets.take(tenant_no, [Bucket("requests", 60)])

    assert len(buckets) == 100


async def test_while_redis_is_away_each_process_allows_its_part_and_says_so(metrics: Counted) -> None:
    shared = SharedBuckets(RedisBuckets(NOBODY), LocalBuckets(pods=4), metrics)
    assert "for all processes" in await shared.check()

    assert await allowed(shared, 50, [Bucket("requests", 40)]) == 10

    assert metrics.gauges == {"mystack_limits_local": 1}
    with pytest.raises(LimitsUnavailable, match="1/4 of the rates"):
        await shared.check()


async def test_a_redis_that_is_away_costs_no_time() -> None:
    buckets = RedisBuckets(NOBODY)
    started = time.perf_counter()
    for _ in range(100):
        with pytest.raises(RatesUnavailable):
            await buckets.take(1, [Bucket("requests", 40)])

    assert time.perf_counter() - started < 1.0


async def test_a_redis_that_is_killed_and_comes_back_counts_again(
    tmp_path_factory: pytest.TempPathFactory, metrics: Counted
) -> None:
    folder = tmp_path_factory.mktemp("valkey")
    async with AsyncExitStack() as stack:
        lock = stack.enter_context((folder / "lock").open("w"))
        first = Valkey().start(folder, lock.fileno())
        assert first.child
        shared = SharedBuckets(opened(stack, first), LocalBuckets(pods=2), metrics)
        assert await allowed(shared, 5, [Bucket("requests", 10)]) == 5
        first.child.stop()
        assert await allowed(shared, 50, [Bucket("requests", 10)]) == 5, "the part of one of two processes"
        assert shared.is_away

        second = Valkey().start(folder, lock.fileno())
        assert second.child
        stack.callback(second.child.stop)
        if second.settings != first.settings:
            shared.shared = opened(stack, second)
        async with asyncio.timeout(10):
            while shared.is_away:
                await shared.take(2, [Bucket("requests", 10)])
                await asyncio.sleep(0.05)
    assert metrics.gauges == {"mystack_limits_local": 0}


def opened(stack: AsyncExitStack, started: Started) -> RedisBuckets:
    buckets = RedisBuckets(started.settings["REDIS_URL"])
    stack.push_async_callback(buckets.close)
    return buckets
