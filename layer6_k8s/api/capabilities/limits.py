"""Limits of tenants: rates in Redis or in this process, quotas in PostgreSQL."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from api.adapters.postgres.database import Database
from api.adapters.postgres.tenants.budgets import PostgresBudgets
from api.capabilities.running import running
from api.config import Settings
from api.services.chat.models import Models
from api.services.chat.turn import Chat
from api.services.limits.chat import BudgetedChat, CountedWriter, Estimate
from api.services.limits.fallback import SharedBuckets
from api.services.limits.known import KnownLimits
from api.services.limits.local import LocalBuckets
from api.services.limits.rates import RateLimiter
from api.services.limits.requests import Rates, RequestLimits
from api.services.limits.service import LimitService
from api.services.metrics.metrics import Metrics
from api.services.serving.health import Probe


@dataclass(frozen=True)
class TenantLimiting:
    """Puts limits around services."""

    settings: Settings
    requests: RequestLimits
    service: LimitService
    probes: tuple[Probe, ...] = ()

    def budgeted(self, chat: Chat, models: Models) -> Chat:
        settings = self.settings
        return BudgetedChat(chat, estimate(settings, models), top_k=settings.top_k, use_rag=settings.use_rag)

    def all_budgeted(self, chats: Mapping[str, Chat], models: Models) -> dict[str, Chat]:
        return {name: self.budgeted(chat, models) for name, chat in chats.items()}


def counted_writer(settings: Settings, chat: Chat, models: Models) -> Chat:
    """What lets models write; what they write is counted for the tenant that asks."""
    return CountedWriter(chat, estimate(settings, models))


def estimate(settings: Settings, models: Models) -> Estimate:
    return Estimate(models, max_tokens=settings.max_tokens, system_prompt=settings.system_prompt)


@asynccontextmanager
async def tenant_limits(settings: Settings, database: Database, metrics: Metrics) -> AsyncIterator[TenantLimiting]:
    """Leaving it waits until what was reserved is settled."""
    budgets = PostgresBudgets(database)
    rates = Rates(settings.credential_requests_a_minute, settings.tokens_a_minute)
    async with _buckets(settings, metrics) as (limiter, probes):
        requests = RequestLimits(KnownLimits(budgets), limiter, budgets, rates, metrics)
        async with running(budgets.keep()):
            try:
                yield TenantLimiting(settings, requests, LimitService(budgets, rates), probes)
            finally:
                await requests.settled()


@asynccontextmanager
async def _buckets(settings: Settings, metrics: Metrics) -> AsyncIterator[tuple[RateLimiter, tuple[Probe, ...]]]:
    local = LocalBuckets(settings.pods)
    if settings.redis_url is None:
        yield local, ()
        return
    from api.adapters.redis.limits import RedisBuckets  # imported where there is a Redis

    redis = RedisBuckets(settings.redis_url.get_secret_value())
    shared = SharedBuckets(redis, local, metrics)
    try:
        yield shared, (Probe("limits", shared.check, required=False),)
    finally:
        await redis.close()
