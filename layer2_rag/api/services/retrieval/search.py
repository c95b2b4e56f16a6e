"""Search: the chunks nearest to a question, in meaning and in words."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from api.services.documents.store import MetadataValue
from api.services.embedding.embeddings import Embedder
from api.services.retrieval.fusion import weighing
from api.services.retrieval.reading import READ, Reading, Reads, fully
from api.services.text.above import Above, above
from api.services.text.bm25 import SparseVector, encode_query

RERANKED = 3
"""How many of the first hits the reranker may reorder; the index is asked for at least as many."""

Mode = Literal["hybrid", "dense", "sparse"]
Filters = Mapping[str, MetadataValue | Sequence[MetadataValue]]


@dataclass(frozen=True)
class Hit:
    """A chunk that was found. `text` equals the document's stored text at `start..end` (characters, end exclusive).

    `score` orders the hits of one search. `dense_score` is the cosine, `sparse_score` the BM25 score: a hybrid search
    gives both (0.0 for a chunk that shares no word with the question), any other mode only its own. `heading`: what
    stands above it, see `services/text/above.py`.
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
    heading: str = ""

    @property
    def above(self) -> Above:
        """The titles above it, and the top of the table that its rows are of."""
        return above(self.heading)

    @property
    def complete(self) -> str:
        """The text as a reader needs it: rows come below the top of their table."""
        return self.above.of_table(self.text)


@dataclass(frozen=True)
class Query:
    """A question as the index reads it: both vectors, and the limits of the search."""

    dense: NDArray[np.float32]
    sparse: SparseVector
    top_k: int
    mode: Mode = "hybrid"
    filters: Filters | None = None
    document_ids: Sequence[UUID] | None = None


class Index(Protocol):
    async def search(self, query: Query) -> list[Hit]:
        """The best hits among the documents that are visible now, best first."""
        ...


class Reranker(Protocol):
    async def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits of a hybrid search in their final order; no hit is added or dropped."""
        ...


@dataclass(frozen=True)
class Found:
    """The hits of a search, best first, and the milliseconds spent on embedding and on searching.

    `reading`: how the embedding model reads the question.
    """

    hits: Sequence[Hit]
    embed_ms: float
    search_ms: float
    reading: Reading = READ


class Search(Protocol):
    async def search(
        self,
        question: str,
        top_k: int,
        mode: Mode = "hybrid",
        filters: Filters | None = None,
        document_ids: Sequence[UUID] | None = None,
    ) -> Found:
        """At most `top_k` hits. Raises `NotReady` and `StoreUnavailable`."""
        ...


class SearchService:
    """The port `Search`: embeds the question, asks the index, and reranks what a hybrid search found."""

    def __init__(self, embedder: Embedder, index: Index, reranker: Reranker, reads: Reads = fully) -> None:
        self.embedder = embedder
        self.index = index
        self.reranker = reranker
        self.reads = reads

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
        dense = await self.embedder.embed_query(question)
        embedded = time.perf_counter()
        reading = self.reads(question)
        wanted = max(top_k, RERANKED) if mode == "hybrid" else top_k
        with weighing(reading.words, reading.spread):
            hits = await self.index.search(Query(dense, encode_query(question), wanted, mode, filters, document_ids))
            if mode == "hybrid":
                hits = (await self.reranker.rerank(question, hits))[:top_k]
        return Found(hits, (embedded - started) * 1000, (time.perf_counter() - embedded) * 1000, reading)
