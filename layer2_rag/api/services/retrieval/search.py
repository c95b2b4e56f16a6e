"""Search: the chunks that are nearest to a question, by meaning and by words."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from api.services.documents.store import MetadataValue
from api.services.embedding.embeddings import Embedder
from api.services.text.bm25 import SparseVector, encode_query

RERANKED = 3
"""The first hits, whose order may change once more; as many are asked for, even if fewer are wanted."""

Mode = Literal["hybrid", "dense", "sparse"]
Filters = Mapping[str, MetadataValue | Sequence[MetadataValue]]


@dataclass(frozen=True)
class Hit:
    """A chunk that was found. `text` equals the document's stored text at `start..end` (characters, end exclusive).

    `score` orders the hits of one search; `dense_score` is the cosine, `sparse_score` the BM25 score, None where the
    chunk was not among the candidates of that kind.
    """

    document_id: UUID
    filename: str
    chunk_id: UUID
    page: int | None
    start: int
    end: int
    text: str
    score: float
    dense_score: float | None
    sparse_score: float | None


@dataclass(frozen=True)
class Query:
    """A question for the index: both vectors, and what the hits are limited to."""

    dense: NDArray[np.float32]
    sparse: SparseVector
    top_k: int
    mode: Mode = "hybrid"
    filters: Filters | None = None
    document_ids: Sequence[UUID] | None = None


class Index(Protocol):
    async def search(self, query: Query) -> list[Hit]:
        """The best hits, best first, of documents that are visible now."""
        ...


class Reranker(Protocol):
    async def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits of a hybrid search, the best first; none is added or lost."""
        ...


@dataclass(frozen=True)
class Found:
    hits: Sequence[Hit]
    embed_ms: float
    search_ms: float


class SearchService:
    def __init__(self, embedder: Embedder, index: Index, order: Reranker) -> None:
        self.embedder = embedder
        self.index = index
        self.order = order

    async def search(
        self,
        question: str,
        top_k: int,
        mode: Mode = "hybrid",
        filters: Filters | None = None,
        document_ids: Sequence[UUID] | None = None,
    ) -> Found:
        started = time.perf_counter()
        dense = await self.embedder.embed_query(question)
        embedded = time.perf_counter()
        wanted = max(top_k, RERANKED) if mode == "hybrid" else top_k
        hits = await self.index.search(Query(dense, encode_query(question), wanted, mode, filters, document_ids))
        if mode == "hybrid":
            hits = (await self.order.rerank(question, hits))[:top_k]
        return Found(hits, (embedded - started) * 1000, (time.perf_counter() - embedded) * 1000)
