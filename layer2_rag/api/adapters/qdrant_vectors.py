"""Vectors in Qdrant: one collection for each embedding space, a dense and a sparse vector for each chunk.

The same calls serve Qdrant's server (`QDRANT_URL`) and its local mode inside this process (`QDRANT_PATH`), which
searches by brute force and is meant for some ten thousand chunks.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import anyio
import anyio.to_thread
from httpx import HTTPError
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException

from api.services.library import Draft, MetadataValue
from api.services.search import Filters, Query
from api.services.two_stores import Candidate, StoreUnavailable

T = TypeVar("T")

SERVER_THREADS = 8
PREFETCH = 50  # candidates of each kind that are fused
UPSERT_BATCH = 256
SCROLL_BATCH = 2_000
FUSION = models.RrfQuery(rrf=models.Rrf(k=60))


class QdrantVectors:
    """The ports `Vectors` and `VectorAudit`."""

    def __init__(self, client: QdrantClient, space: str, dimension: int, *, local: bool) -> None:
        self.client = client
        self.local = local
        self.collection = re.sub(r"[^A-Za-z0-9._@-]+", "_", space)
        self.dimension = dimension
        # Local mode is not made for several threads; a server is.
        self._limiter = anyio.CapacityLimiter(1 if local else SERVER_THREADS)

    async def prepare(self) -> None:
        """Create the collection and its payload indexes. Safe to repeat."""
        if not await self._run(lambda: self.client.collection_exists(self.collection)):
            await self._run(self._create)

    async def check(self) -> str:
        """One sentence for /health. Raises `StoreUnavailable`."""
        number = (await self._run(lambda: self.client.count(self.collection))).count
        return f"{number} vectors in {self.collection}."

    async def put(self, draft: Draft) -> None:
        tags = [tag(key, value) for key, value in draft.document.metadata.items()]
        payload = {"document_id": str(draft.document.id), "tags": tags}
        points = [
            models.PointStruct(
                id=str(chunk.id),
                vector={
                    "dense": dense.tolist(),
                    "sparse": models.SparseVector(indices=sparse.indices, values=sparse.values),
                },
                payload=payload,
            )
            for chunk, dense, sparse in zip(draft.chunks, draft.dense, draft.sparse, strict=True)
        ]
        for start in range(0, len(points), UPSERT_BATCH):
            batch = points[start : start + UPSERT_BATCH]
            await self._run(lambda: self.client.upsert(self.collection, batch, wait=True))  # noqa: B023

    async def erase(self, document_id: UUID) -> None:
        chosen = models.FilterSelector(filter=models.Filter(must=[_any("document_id", [str(document_id)])]))
        await self._run(lambda: self.client.delete(self.collection, chosen, wait=True))

    async def search(self, query: Query) -> list[Candidate]:
        """One request with three queries: the ranking asked for, and the two rankings that explain its scores."""
        requests = [self._ranking(query), *self._kinds(query)]
        responses = await self._run(lambda: self.client.query_batch_points(self.collection, requests))
        ranked, by_dense, *rest = [{UUID(str(p.id)): p.score for p in response.points} for response in responses]
        by_sparse = rest[0] if rest else {}
        return [
            Candidate(chunk_id, score, by_dense.get(chunk_id), by_sparse.get(chunk_id))
            for chunk_id, score in ranked.items()
        ]

    async def vector_counts(self) -> Mapping[UUID, int]:
        """How many chunks of each document id have vectors."""
        counts: Counter[UUID] = Counter()
        offset: Any = None
        while True:
            points, offset = await self._run(lambda: self._scroll(offset))  # noqa: B023
            counts.update(UUID(point.payload["document_id"]) for point in points if point.payload)
            if offset is None:
                return counts

    def _create(self) -> None:
        self.client.create_collection(
            self.collection,
            vectors_config={"dense": models.VectorParams(size=self.dimension, distance=models.Distance.COSINE)},
            sparse_vectors_config={"sparse": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        )
        if self.local:
            return  # it has no payload indexes
        for field in ("document_id", "tags"):
            self.client.create_payload_index(self.collection, field, models.PayloadSchemaType.KEYWORD)

    def _ranking(self, query: Query) -> models.QueryRequest:
        """The ranking that was asked for. A question without a word to search for is searched by meaning alone."""
        kinds = self._kinds(query)
        if query.mode == "hybrid" and len(kinds) == 2:
            prefetch = [models.Prefetch(query=k.query, using=k.using, filter=k.filter, limit=k.limit) for k in kinds]
            return models.QueryRequest(prefetch=prefetch, query=FUSION, limit=query.top_k)
        chosen = kinds[-1] if query.mode == "sparse" else kinds[0]
        return chosen.model_copy(update={"limit": query.top_k})

    def _kinds(self, query: Query) -> list[models.QueryRequest]:
        limit = max(PREFETCH, query.top_k)
        conditions = _conditions(query)
        dense = models.QueryRequest(query=query.dense.tolist(), using="dense", filter=conditions, limit=limit)
        if not query.sparse:
            return [dense]
        vector = models.SparseVector(indices=query.sparse.indices, values=query.sparse.values)
        return [dense, models.QueryRequest(query=vector, using="sparse", filter=conditions, limit=limit)]

    def _scroll(self, offset: Any) -> tuple[list[models.Record], Any]:
        return self.client.scroll(
            self.collection, limit=SCROLL_BATCH, offset=offset, with_payload=["document_id"], with_vectors=False
        )

    async def _run(self, call: Callable[[], T]) -> T:
        try:
            return await anyio.to_thread.run_sync(call, limiter=self._limiter)
        except (ApiException, HTTPError) as error:
            raise StoreUnavailable(f"Qdrant did not do as asked ({type(error).__name__}).") from error


def open_client(url: str | None, api_key: str | None, path: Path) -> QdrantClient:
    """A client of the server at `url`, or of the local mode in the folder `path`.

    Raises `StoreUnavailable` when another process has the folder open.
    """
    if url:
        return QdrantClient(url=url, api_key=api_key, timeout=10, check_compatibility=False)
    try:
        return QdrantClient(path=str(path), force_disable_check_same_thread=True)
    except RuntimeError as error:
        raise StoreUnavailable(f"The folder {path} is in use by another process. Stop it first.") from error


def tag(key: str, value: MetadataValue) -> str:
    """One keyword for a metadata field and its value, so that one payload index serves every field."""
    return json.dumps([key, value], ensure_ascii=False, sort_keys=True)


def _conditions(query: Query) -> models.Filter | None:
    must: list[models.Condition] = [_any("tags", tags) for tags in _tags(query.filters or {})]
    if query.document_ids is not None:
        must.append(_any("document_id", [str(id) for id in query.document_ids]))
    return models.Filter(must=must) if must else None


def _tags(filters: Filters) -> list[list[str]]:
    return [[tag(key, value) for value in _several(wanted)] for key, wanted in filters.items()]


def _several(wanted: MetadataValue | Sequence[MetadataValue]) -> Sequence[MetadataValue]:
    return [wanted] if isinstance(wanted, str | int | float) else wanted


def _any(key: str, values: list[str]) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchAny(any=values))
