"""The expected scores of a search, computed by comparing every chunk with the query."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from api.services.documents.store import NewDocument
from api.services.retrieval.fusion import fused
from api.services.retrieval.search import Query


def expected_scores(drafts: Sequence[NewDocument], query: Query) -> Mapping[UUID, float]:
    """The score of every chunk that a hit may be, by its id. Fewer chunks than candidates are fused: none is left out.

    How rare a word is, is counted over all documents, whatever the search is limited to.
    """
    chunks = sum(len(one.chunks) for one in drafts)
    having = Counter(index for one in drafts for sparse in one.sparse for index in sparse.indices)
    scores = {}
    for one in drafts:
        for chunk, dense, sparse in zip(one.chunks, one.dense, one.sparse, strict=True):
            weights = dict(zip(sparse.indices, sparse.values, strict=True))
            words = [weights[term] * rarity(chunks, having[term]) for term in query.sparse.indices if term in weights]
            by_meaning, by_words = float(dense @ query.dense), sum(words) if words else None
            score = {"dense": by_meaning, "sparse": by_words, "hybrid": fused(by_meaning, by_words)}[query.mode]
            if score is not None and allowed(one, query):
                scores[chunk.id] = score
    return scores


def rarity(chunks: int, having: int) -> float:
    """BM25's idf of a word that `having` of `chunks` chunks contain."""
    return math.log(1 + (chunks - having + 0.5) / (having + 0.5))


def allowed(one: NewDocument, query: Query) -> bool:
    """Whether the filters and document ids of the query allow the document."""
    if query.document_ids is not None and one.document.id not in query.document_ids:
        return False
    wanted = {key: value if isinstance(value, list) else [value] for key, value in (query.filters or {}).items()}
    return all(one.document.metadata.get(key) in values for key, values in wanted.items())
