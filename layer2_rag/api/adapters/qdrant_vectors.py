"""Vectors in Qdrant: one collection for each embedding space, a dense and a sparse vector for each chunk.

The same calls serve Qdrant's server (`QDRANT_URL`) and its local mode inside this process (`QDRANT_PATH`), which
searches by brute force and is meant for some ten thousand chunks.
"""

import asyncio
import json
import logging
import re
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from httpx import HTTPError
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException

from api.adapters.qdrant_disk import checkpoint, write_ahead
from api.services.embedding import Space
from api.services.fusion import PREFETCH, SPARSE_WEIGHT
from api.services.library import Draft, MetadataValue, StoreUnavailable
from api.services.search import Filters, Query
from api.services.two_stores import Candidate

T = TypeVar("T")

UPSERT_BATCH = 256
SCROLL_BATCH = 2_000
TIMEOUT_SECONDS = 30
DENSE, SPARSE = "$score[0]", "$score[1]"  # of the first and of the second prefetch
FUSION = models.FormulaQuery(
    formula=models.SumExpression(sum=[DENSE, models.MultExpression(mult=[SPARSE_WEIGHT, SPARSE])]),
    defaults={DENSE: 0.0, SPARSE: 0.0},
)

logger = logging.getLogger("mystack.qdrant")


class QdrantVectors:
    """The ports `Vectors` and `VectorAudit`.

    `space` says which embedding space the vectors are of; the collection is made when it is first needed. The calls
    run in the threads of `pool`, which has one only for the local mode: that is not made for several.
    """

    def __init__(
        self, client: QdrantClient, space: Callable[[], Awaitable[Space]], pool: Executor, *, local: bool
    ) -> None:
        self.client = client
        self.space = space
        self.pool = pool
        self.local = local
        self._prepared: set[str] = set()
        self._preparing = asyncio.Lock()

    async def check(self) -> str:
        """One sentence for /health. Raises `StoreUnavailable`."""
        await self._run(self.client.get_collections)
        return "Qdrant's local mode answers." if self.local else "Qdrant answers."

    async def collection(self) -> str:
        """The collection of the embedding space, made and indexed. Raises `NotReady`, `StoreUnavailable`."""
        space = await self.space()
        name = collection_name(space)
        async with self._preparing:
            if name not in self._prepared:
                if not await self._run(lambda: self.client.collection_exists(name)):
                    await self._run(lambda: self._create(name, space.dimension))
                if self.local:
                    await self._run(lambda: write_ahead(self.client, name))
                self._prepared.add(name)
        return name

    async def put(self, draft: Draft) -> None:
        collection = await self.collection()
        for start in range(0, len(draft.chunks), UPSERT_BATCH):
            points = list(_points(draft, start, start + UPSERT_BATCH))
            await self._run(lambda: self.client.upsert(collection, points, wait=True))  # noqa: B023
        await self._written(collection)

    async def erase(self, document_id: UUID) -> None:
        collection = await self.collection()
        chosen = models.FilterSelector(filter=models.Filter(must=[_any("document_id", [str(document_id)])]))
        await self._run(lambda: self.client.delete(collection, chosen, wait=True))
        await self._written(collection)

    async def search(self, query: Query) -> list[Candidate]:
        """One request with three queries: the ranking asked for, and the two rankings that explain its scores."""
        if _hopeless(query):
            return []
        collection = await self.collection()
        kinds = _kinds(query)
        requests = [_ranking(query, kinds), *kinds]
        responses = await self._run(lambda: self.client.query_batch_points(collection, requests))
        ranked, by_dense, *rest = [{UUID(str(p.id)): p.score for p in response.points} for response in responses]
        by_sparse = rest[0] if rest else {}
        return [
            Candidate(chunk_id, score, by_dense.get(chunk_id), by_sparse.get(chunk_id))
            for chunk_id, score in ranked.items()
        ]

    async def vector_counts(self) -> Mapping[UUID, int]:
        """How many chunks of each document id have vectors."""
        collection = await self.collection()
        counts: Counter[UUID] = Counter()
        offset: Any = None
        while True:
            points, offset = await self._run(lambda: self._scroll(collection, offset))  # noqa: B023
            counts.update(UUID(point.payload["document_id"]) for point in points if point.payload)
            if offset is None:
                return counts

    def _create(self, name: str, dimension: int) -> None:
        self.client.create_collection(
            name,
            vectors_config={"dense": models.VectorParams(size=dimension, distance=models.Distance.COSINE)},
            sparse_vectors_config={"sparse": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        )
        if self.local:
            return  # it has no payload indexes
        for field in ("document_id", "tags"):
            self.client.create_payload_index(name, field, models.PayloadSchemaType.KEYWORD)

    def _scroll(self, collection: str, offset: Any) -> tuple[list[models.Record], Any]:
        return self.client.scroll(
            collection, limit=SCROLL_BATCH, offset=offset, with_payload=["document_id"], with_vectors=False
        )

    async def _written(self, collection: str) -> None:
        if self.local:  # the server waits by itself
            await self._run(lambda: checkpoint(self.client, collection))

    async def _run(self, call: Callable[[], T]) -> T:
        """A thread that has begun is not stopped; when its caller is cancelled, the next call waits for it."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, call)
        except (ApiException, HTTPError, sqlite3.Error, OSError) as error:
            logger.warning("Qdrant: %r", error)
            raise StoreUnavailable(f"Qdrant did not do as asked ({type(error).__name__}).") from error


def open_client(url: str | None, api_key: str | None, path: Path) -> QdrantClient:
    """A client of the server at `url`, or of the local mode in the folder `path`.

    Raises `StoreUnavailable` when another process has the folder open.
    """
    if url:
        return QdrantClient(url=url, api_key=api_key, timeout=TIMEOUT_SECONDS, check_compatibility=False)
    try:
        return QdrantClient(path=str(path), force_disable_check_same_thread=True)
    except RuntimeError as error:
        raise StoreUnavailable(f"The folder {path} is in use by another process. Stop it first.") from error


def collection_name(space: Space) -> str:
    """One collection for each space: vectors of two spaces never meet."""
    return re.sub(r"[^A-Za-z0-9._@-]+", "_", space.name)


def tag(key: str, value: MetadataValue) -> str:
    """One keyword for a metadata field and its value, so that one payload index serves every field.

    `true`, `1` and "1" are three values; `1` and `1.0` are one, as in JSON.
    """
    whole = isinstance(value, float) and value.is_integer()
    return json.dumps([key, int(value) if whole else value], ensure_ascii=False)


def _points(draft: Draft, start: int, end: int) -> Iterator[models.PointStruct]:
    """The points of some of the chunks: as lists of Python floats, a whole book's vectors would take too much room."""
    tags = [tag(key, value) for key, value in draft.document.metadata.items()]
    payload = {"document_id": str(draft.document.id), "tags": tags}
    some = slice(start, end)
    for chunk, dense, sparse in zip(draft.chunks[some], draft.dense[some], draft.sparse[some], strict=True):
        words = models.SparseVector(indices=sparse.indices, values=sparse.values)
        yield models.PointStruct(
            id=str(chunk.id),
            vector={"dense": dense.tolist(), "sparse": words},
            payload=payload,
        )


def _hopeless(query: Query) -> bool:
    """Nothing to look into, no value that would do, or no word to look for."""
    none_allowed = query.document_ids == [] or [] in (query.filters or {}).values()
    return none_allowed or (query.mode == "sparse" and not query.sparse)


def _ranking(query: Query, kinds: list[models.QueryRequest]) -> models.QueryRequest:
    """The ranking that was asked for. A question without a word to search for is searched by meaning alone."""
    if query.mode == "hybrid" and len(kinds) == 2:
        prefetch = [models.Prefetch(query=k.query, using=k.using, filter=k.filter, limit=k.limit) for k in kinds]
        return models.QueryRequest(prefetch=prefetch, query=FUSION, limit=query.top_k)
    chosen = kinds[-1] if query.mode == "sparse" else kinds[0]
    return chosen.model_copy(update={"limit": query.top_k})


def _kinds(query: Query) -> list[models.QueryRequest]:
    limit = max(PREFETCH, query.top_k)
    conditions = _conditions(query)
    dense = models.QueryRequest(query=query.dense.tolist(), using="dense", filter=conditions, limit=limit)
    if not query.sparse:
        return [dense]
    words = models.SparseVector(indices=query.sparse.indices, values=query.sparse.values)
    return [dense, models.QueryRequest(query=words, using="sparse", filter=conditions, limit=limit)]


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
