"""POST /search."""

from fastapi import APIRouter, Request

from api.schemas.problem import problems
from api.schemas.search import HitResponse, SearchLatency, SearchRequest, SearchResponse
from api.services.embedding.cache_hits import noting_hits
from api.services.retrieval.search import Search

router = APIRouter(tags=["search"])


@router.post("/search", summary="The chunks nearest to a question", responses=problems(503))
async def search(body: SearchRequest, request: Request) -> SearchResponse:
    """Best first. `dense_score` is nearness in meaning (cosine), `sparse_score` the weight of shared words (BM25)."""
    service: Search = request.state.search
    with noting_hits() as noted:
        found = await service.search(body.query, body.top_k, body.mode, body.filters, body.document_ids)
    total = found.embed_ms + found.search_ms
    return SearchResponse(
        hits=[HitResponse.model_validate(hit) for hit in found.hits],
        latency_ms=SearchLatency(
            embed=round(found.embed_ms, 2),
            search=round(found.search_ms, 2),
            total=round(total, 2),
            cached=noted.get(body.query, False),
        ),
    )
