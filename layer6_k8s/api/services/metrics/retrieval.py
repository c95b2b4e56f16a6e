"""Metrics of searches: their stages, and how near the best hit is."""

import time
from collections.abc import Sequence
from uuid import UUID

from api.services.metrics.metrics import Metrics
from api.services.metrics.names import RETRIEVAL_SCORE, STAGE_SECONDS
from api.services.retrieval.search import Filters, Found, Hit, Index, Mode, Query, Reranker, Search


class MeasuredSearch:
    """The port `Search`."""

    def __init__(self, search: Search, metrics: Metrics) -> None:
        self.inner = search
        self.metrics = metrics

    async def search(
        self,
        question: str,
        top_k: int,
        mode: Mode = "hybrid",
        filters: Filters | None = None,
        document_ids: Sequence[UUID] | None = None,
    ) -> Found:
        """See `Search`."""
        started = time.perf_counter()
        found = await self.inner.search(question, top_k, mode, filters, document_ids)
        self.metrics.observe(STAGE_SECONDS, time.perf_counter() - started, stage="retrieve")
        self.metrics.observe(STAGE_SECONDS, found.embed_ms / 1000, stage="embed")
        scores = [hit.dense_score for hit in found.hits if hit.dense_score is not None]
        if scores:
            self.metrics.observe(RETRIEVAL_SCORE, max(scores))
        return found


class MeasuredIndex:
    """The port `Index`."""

    def __init__(self, index: Index, metrics: Metrics) -> None:
        self.index = index
        self.metrics = metrics

    async def search(self, query: Query) -> list[Hit]:
        """See `Index`."""
        started = time.perf_counter()
        hits = await self.index.search(query)
        self.metrics.observe(STAGE_SECONDS, time.perf_counter() - started, stage="search")
        return hits


class MeasuredReranker:
    """The port `Reranker`."""

    def __init__(self, reranker: Reranker, metrics: Metrics) -> None:
        self.reranker = reranker
        self.metrics = metrics

    async def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """See `Reranker`."""
        started = time.perf_counter()
        ranked = await self.reranker.rerank(question, hits)
        self.metrics.observe(STAGE_SECONDS, time.perf_counter() - started, stage="rerank")
        return ranked
