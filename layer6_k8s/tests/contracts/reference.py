"""The expected scores of a search, computed by comparing every chunk with the query."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import pytest

from api.services.documents.store import NewDocument
from api.services.retrieval.fusion import PREFETCH, fused
from api.services.retrieval.search import Query
from tests.stores.drafts import draft

NEAR = draft("\n".join("the of and in " * 3 + f" stone{n}" * n for n in range(1, 40)))
FAR = draft("kestrel " + " ".join(f"pebble{n}" for n in range(20)))
"""With `the of and in kestrel`, more than `PREFETCH` chunks of NEAR are nearer, and only FAR shares a word."""

WORDY = draft("\n".join("ledger ledger ledger" + " page" * n for n in range(1, 40)))
SHORT = draft("the of and in the ledger")
"""With `the of and in the ledger`, SHORT is nearest, and more than `PREFETCH` chunks of WORDY are better in words."""


@dataclass(frozen=True)
class Scores:
    """The scores of a hit; the kind that the mode does not search by has none."""

    score: float
    dense: float | None
    sparse: float | None


class Scored(Protocol):
    """A hit, or a candidate of the vector store."""

    @property
    def chunk_id(self) -> UUID: ...

    @property
    def score(self) -> float: ...

    @property
    def dense_score(self) -> float | None: ...

    @property
    def sparse_score(self) -> float | None: ...


def assert_expected(
    hits: Sequence[Scored], drafts: Sequence[NewDocument], asked: Query, tolerance: float = 1e-5
) -> None:
    """The hits are those of the reference, with the same scores of both kinds, best first."""
    found = {hit.chunk_id: (hit.score, hit.dense_score, hit.sparse_score) for hit in hits}
    wanted = {id: (one.score, one.dense, one.sparse) for id, one in expected(drafts, asked).items()}
    assert found.keys() == wanted.keys()
    for id, scores in wanted.items():
        assert found[id] == tuple(None if score is None else pytest.approx(score, abs=tolerance) for score in scores)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def expected(drafts: Sequence[NewDocument], query: Query) -> Mapping[UUID, Scores]:
    """The hits by chunk id, best first.

    The candidates of a hybrid search are the nearest chunks in meaning and the best in words, and each has both scores:
    0 by words if it shares none with the question.
    """
    chunks = both_scores(drafts, query)
    sharing = {id: sparse for id, (_, sparse) in chunks.items() if sparse}
    by_meaning = first({id: dense for id, (dense, _) in chunks.items()}, max(PREFETCH, query.top_k))
    by_words = first(sharing, max(PREFETCH, query.top_k))
    hits = {
        "dense": {id: Scores(chunks[id][0], chunks[id][0], None) for id in by_meaning},
        "sparse": {id: Scores(chunks[id][1], None, chunks[id][1]) for id in by_words},
        "hybrid": {id: Scores(fused(*chunks[id]), *chunks[id]) for id in {**by_meaning, **by_words}},
    }[query.mode]
    best = first({id: scores.score for id, scores in hits.items()}, query.top_k)
    return {id: hits[id] for id in best}


def both_scores(drafts: Sequence[NewDocument], query: Query) -> Mapping[UUID, tuple[float, float]]:
    """Cosine and BM25 score of every chunk within the query's limits.

    How rare a word is, is counted over all documents, whatever the search is limited to.
    """
    chunks = sum(len(one.chunks) for one in drafts)
    having = Counter(index for one in drafts for sparse in one.sparse for index in sparse.indices)
    scores = {}
    for one in (one for one in drafts if allowed(one, query)):
        for chunk, dense, sparse in zip(one.chunks, one.dense, one.sparse, strict=True):
            weights = dict(zip(sparse.indices, sparse.values, strict=True))
            words = [weights[term] * rarity(chunks, having[term]) for term in query.sparse.indices if term in weights]
            scores[chunk.id] = (float(dense @ query.dense), sum(words))
    return scores


def first(scores: Mapping[UUID, float], limit: int) -> Mapping[UUID, float]:
    """The best `limit` of them, best first."""
    return dict(sorted(scores.items(), key=lambda item: -item[1])[:limit])


def rarity(chunks: int, having: int) -> float:
    """BM25's idf of a word that `having` of `chunks` chunks contain."""
    return math.log(1 + (chunks - having + 0.5) / (having + 0.5))


def allowed(one: NewDocument, query: Query) -> bool:
    """Whether the document is within the query's limits."""
    if query.document_ids is not None and one.document.id not in query.document_ids:
        return False
    wanted = {key: value if isinstance(value, list) else [value] for key, value in (query.filters or {}).items()}
    return all(one.document.metadata.get(key) in values for key, values in wanted.items())
