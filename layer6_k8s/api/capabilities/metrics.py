"""Metrics: what is put around the services to measure them, and what is read when somebody asks."""

import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from api.adapters.layer_file import read_layer
from api.adapters.llm.guarded import GuardedModel
from api.adapters.postgres.database import Database
from api.adapters.postgres.jobs.counts import PostgresJobTable
from api.adapters.prometheus.exposition import PrometheusExposition
from api.adapters.prometheus.registry import PrometheusMetrics, TraceId, no_trace
from api.capabilities.caching import Caching
from api.capabilities.running import running
from api.config import Settings
from api.errors import ModelUnavailable
from api.services.chat.models import Models
from api.services.chat.turn import Chat
from api.services.documents.store import StoreUnavailable
from api.services.embedding.embeddings import Embeddings
from api.services.metrics.answers import MeasuredAnswers, MeasuredWriter
from api.services.metrics.embedding import MeasuredCache, MeasuredEncoders
from api.services.metrics.exposition import Exposition, NoExposition
from api.services.metrics.history import History
from api.services.metrics.jobs import JobsExporter
from api.services.metrics.metrics import Metrics, NoMetrics
from api.services.metrics.names import BREAKER_OPEN, BUILD_INFO, DATABASE_BYTES, POOL_CONNECTIONS
from api.services.metrics.refreshing import Refresh, Source, free_space
from api.services.metrics.requests import CountedLimiter, RequestsRunning, counting
from api.services.metrics.retrieval import MeasuredIndex, MeasuredReranker, MeasuredSearch
from api.services.retrieval.search import Index, Reranker, Search
from api.services.serving.admission import Limiter
from api.services.serving.cached_call import CachedCall
from api.services.serving.observers import Observer

SIZE_SECONDS = 60.0
"""PostgreSQL looks at every file of the database to tell its size."""


@dataclass(frozen=True)
class Measuring:
    """Puts measuring services around others; switched off, it leaves them as they are."""

    metrics: Metrics = field(default_factory=NoMetrics)
    exposition: Exposition = field(default_factory=NoExposition)
    history: History = field(default_factory=History)
    refresh: Refresh = field(default_factory=Refresh)

    @property
    def is_on(self) -> bool:
        return not isinstance(self.metrics, NoMetrics)

    @asynccontextmanager
    async def reading(self, settings: Settings, database: Database, models: Models) -> AsyncIterator[None]:
        """Inside, what does not count itself is read when somebody asks, and for the history."""
        if not isinstance(self.metrics, PrometheusMetrics):
            yield
            return
        jobs = JobsExporter(PostgresJobTable(database), self.metrics, workers=settings.redis_url is not None)
        self.refresh.sources = (
            jobs.refresh,
            connections(self.metrics, database),
            database_size(self.metrics, database),
            breakers(self.metrics, models),
            free_space(self.metrics, Path.cwd()),
        )
        async with running(self.history.run(self.metrics.samples, self.refresh)):
            yield

    def writer(self, chat: Chat) -> Chat:
        return MeasuredWriter(chat, self.metrics) if self.is_on else chat

    def answers(self, chat: Chat) -> Chat:
        return MeasuredAnswers(chat, self.metrics) if self.is_on else chat

    def search(self, search: Search) -> Search:
        return MeasuredSearch(search, self.metrics) if self.is_on else search

    def index(self, index: Index) -> Index:
        return MeasuredIndex(index, self.metrics) if self.is_on else index

    def reranker(self, reranker: Reranker) -> Reranker:
        return MeasuredReranker(reranker, self.metrics) if self.is_on else reranker

    def embeddings(self, embedder: Embeddings) -> None:
        if self.is_on:
            embedder.encoders = MeasuredEncoders(embedder.encoders, self.metrics)

    def caching(self, caches: Caching) -> Caching:
        return (
            replace(caches, cache=MeasuredCache(caches.cache, self.metrics)) if self.is_on and caches.cache else caches
        )

    def limits(self, limits: Mapping[str, Limiter]) -> dict[str, Limiter]:
        if not self.is_on:
            return dict(limits)
        running = RequestsRunning(self.metrics)
        return {name: CountedLimiter(each, running) for name, each in limits.items()}

    def observers(self) -> list[Observer]:
        return [counting(self.metrics)] if self.is_on else []


def measuring(settings: Settings, *, trace_id: TraceId = no_trace) -> Measuring:
    """`trace_id` gives the trace that exemplars name."""
    if not settings.metrics:
        return Measuring()
    metrics, refresh = registry(trace_id), Refresh()
    return Measuring(metrics, PrometheusExposition(metrics.registry, refresh), refresh=refresh)


def registry(trace_id: TraceId = no_trace) -> PrometheusMetrics:
    """All series, and what is running."""
    metrics, layer = PrometheusMetrics(trace_id), read_layer(Path(__file__).parents[2])
    metrics.gauge(BUILD_INFO, 1, version=layer.version, layer=str(layer.number))
    return metrics


def connections(metrics: Metrics, database: Database) -> Source:
    async def refresh() -> None:
        for state, number in database.connections().items():
            metrics.gauge(POOL_CONNECTIONS, number, state=state)

    return refresh


def database_size(metrics: Metrics, database: Database) -> Source:
    async def read() -> float:
        ((size,),) = await database.rows("SELECT pg_database_size(current_database())")
        return float(size)

    cached = CachedCall(read, SIZE_SECONDS)

    async def refresh() -> None:
        try:
            metrics.gauge(DATABASE_BYTES, await cached.get())
        except StoreUnavailable:
            metrics.gauge(DATABASE_BYTES, math.nan)

    return refresh


def breakers(metrics: Metrics, models: Models) -> Source:
    guarded = [model for model in models.generating if isinstance(model, GuardedModel)]

    async def refresh() -> None:
        for model in guarded:
            metrics.gauge(BREAKER_OPEN, is_open(model), provider=model.provider)

    return refresh


def is_open(model: GuardedModel) -> bool:
    """Whether calls, or the list of models, are refused now."""
    try:
        model.breaker.check()
        model.listing_breaker.check()
    except ModelUnavailable:
        return True
    return False
