"""The best candidates of a search, from their scores."""

from collections.abc import Mapping
from uuid import UUID

from api.services.retrieval.fusion import fused
from api.services.retrieval.search import Query
from api.services.two_stores.ports import Candidate


def best(query: Query, dense: Mapping[str, float], sparse: Mapping[str, float]) -> list[Candidate]:
    """The `top_k` best, best first, from the cosines and the BM25 scores by chunk id.

    For a hybrid search `dense` holds the cosines of all candidates; those that `sparse` lacks share no word with the
    question.
    """
    match query.mode:
        case "hybrid":
            found = [_fused(id, cosine, sparse.get(id, 0.0)) for id, cosine in dense.items()]
        case "dense":
            found = [Candidate(UUID(id), score, score, None) for id, score in dense.items()]
        case "sparse":
            found = [Candidate(UUID(id), score, None, score) for id, score in sparse.items()]
    return sorted(found, key=lambda candidate: -candidate.score)[: query.top_k]


def _fused(id: str, dense: float, sparse: float) -> Candidate:
    return Candidate(UUID(id), fused(dense, sparse), dense, sparse)
