"""Spans around a search and its stages: embed, search, rerank. One per search, none per hit."""

import json
from collections.abc import Sequence
from uuid import UUID

from api.services.embedding.embeddings import Embedder
from api.services.embedding.encoder_threads import Vectors
from api.services.retrieval.search import Filters, Found, Hit, Index, Mode, Query, Reranker, Search
from api.services.tracing import names
from api.services.tracing.tracer import Attributes, Tracer, spanned


class TracedSearch:
    """The port `Search`."""

    def __init__(self, search: Search, tracer: Tracer) -> None:
        self.inner = search
        self.tracer = tracer

    async def search(
        self,
        question: str,
        top_k: int,
        mode: Mode = "hybrid",
        filters: Filters | None = None,
        document_ids: Sequence[UUID] | None = None,
    ) -> Found:
        """See `Search`."""
        given: Attributes = {
            names.OPERATION: names.RETRIEVAL,
            names.DATA_SOURCE: names.DOCUMENTS,
            names.TOP_K: top_k,
            names.MODE: mode,
        }
        with spanned(self.tracer, f"{names.RETRIEVAL} {names.DOCUMENTS}", given) as span:
            span.show(names.QUERY_TEXT, lambda: question)
            found = await self.inner.search(question, top_k, mode, filters, document_ids)
            best = max((hit.score for hit in found.hits), default=None)
            span.set({names.HITS: len(found.hits), names.BEST_SCORE: best})
            span.show(names.RETRIEVED, lambda: _documents(found.hits))
            return found


class TracedEmbedder:
    """The port `Embedder`. `model` is its name."""

    def __init__(self, embedder: Embedder, model: str, tracer: Tracer) -> None:
        self.inner = embedder
        self.model = model
        self.tracer = tracer

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        with spanned(self.tracer, f"{names.EMBEDDINGS} {self.model}", self._attributes(len(texts))):
            return await self.inner.embed_documents(texts)

    async def embed_query(self, text: str) -> Vectors:
        """See `Embedder`."""
        with spanned(self.tracer, f"{names.EMBEDDINGS} {self.model}", self._attributes(1)):
            return await self.inner.embed_query(text)

    def _attributes(self, texts: int) -> Attributes:
        return {
            names.OPERATION: names.EMBEDDINGS,
            names.PROVIDER: names.OWN_PROVIDER,
            names.REQUEST_MODEL: self.model,
            names.TEXTS: texts,
        }


class TracedIndex:
    """The port `Index`."""

    def __init__(self, index: Index, tracer: Tracer) -> None:
        self.inner = index
        self.tracer = tracer

    async def search(self, query: Query) -> list[Hit]:
        """See `Index`."""
        with spanned(self.tracer, names.SEARCH, {names.MODE: query.mode, names.TOP_K: query.top_k}) as span:
            hits = await self.inner.search(query)
            span.set({names.HITS: len(hits)})
            return hits


class TracedReranker:
    """The port `Reranker`."""

    def __init__(self, reranker: Reranker, tracer: Tracer) -> None:
        self.inner = reranker
        self.tracer = tracer

    async def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """See `Reranker`."""
        with spanned(self.tracer, names.RERANK, {names.HITS: len(hits)}):
            return await self.inner.rerank(question, hits)


def _documents(hits: Sequence[Hit]) -> str:
    """The hits in the convention's JSON."""
    return json.dumps([{"id": str(hit.chunk_id), "score": hit.score, "content": hit.text} for hit in hits])
