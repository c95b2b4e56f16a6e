"""Qdrant through its Query API: one request per search, in which the server scores every candidate by both kinds."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from qdrant_client import QdrantClient, models

from api.adapters.qdrant.candidates import best
from api.adapters.qdrant.points import any_of, collection_name, conditions, points
from api.services.documents.store import NewDocument
from api.services.embedding.embeddings import Space
from api.services.retrieval.fusion import PREFETCH
from api.services.retrieval.search import Query
from api.services.two_stores.ports import Candidate

SCROLL_BATCH = 2_000
TIMEOUT_SECONDS = 30
SHARDS = 5
"""Room for the candidates of this many shards: each shard returns its own. A collection has one by default."""


def connect(url: str, api_key: str | None) -> QdrantClient:
    return QdrantClient(url=url, api_key=api_key, timeout=TIMEOUT_SECONDS, check_compatibility=False)


class QdrantEngine:
    """The `Engine` for a server. The local mode understands the same calls."""

    name = "Qdrant"

    def __init__(self, client: QdrantClient) -> None:
        self.client = client

    def ping(self) -> None:
        self.client.get_collections()

    def open(self, space: Space) -> str:
        name = collection_name(space)
        if not self.client.collection_exists(name):
            self.create(name, space.dimension)
            for field in ("document_id", "tags"):
                self.client.create_payload_index(name, field, models.PayloadSchemaType.KEYWORD)
        return name

    def create(self, name: str, dimension: int) -> None:
        self.client.create_collection(
            name,
            vectors_config={"dense": models.VectorParams(size=dimension, distance=models.Distance.COSINE)},
            sparse_vectors_config={"sparse": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        )

    def put(self, collection: str, new: NewDocument) -> None:
        for batch in points(new):
            self.client.upsert(collection, batch, wait=True)

    def erase(self, collection: str, document_id: UUID) -> None:
        chosen = models.Filter(must=[any_of("document_id", [str(document_id)])])
        self.client.delete(collection, models.FilterSelector(filter=chosen), wait=True)

    def search(self, collection: str, query: Query) -> list[Candidate]:
        """See `Engine`."""
        kinds = _kinds(query)
        if query.mode == "hybrid":
            kinds = _rescored(kinds)
        responses = self.client.query_batch_points(collection, kinds)
        scores = {
            kind.using: {str(point.id): point.score for point in response.points}
            for kind, response in zip(kinds, responses, strict=True)
        }
        return best(query, scores.get("dense", {}), scores.get("sparse", {}))

    def counts(self, collection: str) -> Mapping[UUID, int]:
        counts: Counter[UUID] = Counter()
        offset: Any = None
        while True:
            records, offset = self.client.scroll(
                collection, limit=SCROLL_BATCH, offset=offset, with_payload=["document_id"], with_vectors=False
            )
            counts.update(UUID(record.payload["document_id"]) for record in records if record.payload)
            if offset is None:
                return counts


def _kinds(query: Query) -> list[models.QueryRequest]:
    """The rankings of the mode, by one kind of vector each; none by words if the question has no term."""
    limit, allowed, kinds = max(PREFETCH, query.top_k), conditions(query), []
    if query.mode != "sparse":
        kinds.append(models.QueryRequest(query=query.dense.tolist(), using="dense", filter=allowed, limit=limit))
    if query.mode != "dense" and query.sparse:
        words = models.SparseVector(indices=query.sparse.indices, values=query.sparse.values)
        kinds.append(models.QueryRequest(query=words, using="sparse", filter=allowed, limit=limit))
    return kinds


def _rescored(kinds: list[models.QueryRequest]) -> list[models.QueryRequest]:
    """The same rankings over the candidates of all of them; by words, those that share a word with the question."""
    prefetch = [models.Prefetch(query=k.query, using=k.using, filter=k.filter, limit=k.limit) for k in kinds]
    limit = SHARDS * sum(kind.limit or 0 for kind in kinds)
    return [models.QueryRequest(query=k.query, using=k.using, prefetch=prefetch, limit=limit) for k in kinds]
