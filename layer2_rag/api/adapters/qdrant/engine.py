"""Qdrant through its Query API: one request a search, in which the server itself fuses the two rankings."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from qdrant_client import QdrantClient, models

from api.adapters.qdrant.points import any_of, collection_name, conditions, points
from api.services.documents.store import NewDocument
from api.services.embedding.embeddings import Space
from api.services.retrieval.fusion import PREFETCH, SPARSE_WEIGHT
from api.services.retrieval.search import Query
from api.services.two_stores.document_store import Candidate

SCROLL_BATCH = 2_000
TIMEOUT_SECONDS = 30
DENSE, SPARSE = "$score[0]", "$score[1]"  # of the first and of the second prefetch
FUSION = models.FormulaQuery(
    formula=models.SumExpression(sum=[DENSE, models.MultExpression(mult=[SPARSE_WEIGHT, SPARSE])]),
    defaults={DENSE: 0.0, SPARSE: 0.0},
)


def connect(url: str, api_key: str | None) -> QdrantClient:
    return QdrantClient(url=url, api_key=api_key, timeout=TIMEOUT_SECONDS, check_compatibility=False)


class QdrantEngine:
    """The `Engine` for a server; the local mode understands the same calls."""

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

    def put(self, collection: str, draft: NewDocument) -> None:
        for batch in points(draft):
            self.client.upsert(collection, batch, wait=True)

    def erase(self, collection: str, document_id: UUID) -> None:
        chosen = models.Filter(must=[any_of("document_id", [str(document_id)])])
        self.client.delete(collection, models.FilterSelector(filter=chosen), wait=True)

    def search(self, collection: str, query: Query) -> list[Candidate]:
        """Three queries in one request: the ranking asked for, and the two rankings that explain its scores."""
        kinds = _kinds(query)
        responses = self.client.query_batch_points(collection, [_ranking(query, kinds), *kinds])
        ranked, by_dense, *rest = [{UUID(str(p.id)): p.score for p in response.points} for response in responses]
        by_sparse = rest[0] if rest else {}
        return [Candidate(id, score, by_dense.get(id), by_sparse.get(id)) for id, score in ranked.items()]

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


def _ranking(query: Query, kinds: list[models.QueryRequest]) -> models.QueryRequest:
    """The ranking that was asked for. A question without a word to search for is searched by meaning alone."""
    if query.mode == "hybrid" and len(kinds) == 2:
        prefetch = [models.Prefetch(query=k.query, using=k.using, filter=k.filter, limit=k.limit) for k in kinds]
        return models.QueryRequest(prefetch=prefetch, query=FUSION, limit=query.top_k)
    chosen = kinds[-1] if query.mode == "sparse" else kinds[0]
    return chosen.model_copy(update={"limit": query.top_k})


def _kinds(query: Query) -> list[models.QueryRequest]:
    limit = max(PREFETCH, query.top_k)
    allowed = conditions(query)
    dense = models.QueryRequest(query=query.dense.tolist(), using="dense", filter=allowed, limit=limit)
    if not query.sparse:
        return [dense]
    words = models.SparseVector(indices=query.sparse.indices, values=query.sparse.values)
    return [dense, models.QueryRequest(query=words, using="sparse", filter=allowed, limit=limit)]
