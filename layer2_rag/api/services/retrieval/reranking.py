"""Decide close calls between the first hits by their best sentences.

The vector of a chunk is a mean over everything the chunk is about. If the first hits score nearly the same, the
sentence that answers the question tells them apart: a hit gains

    WEIGHT * (cosine of its best sentence - cosine of the first hit's best sentence)

Measured on XQuAD (24 articles, 612 questions): R@1 rises from .951 to .966, and with 2,000 chunks of other documents
among them from .941 to .953, on either half of the questions. One question in ten is a close call and costs the
embedding of at most six sentences; the others cost nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from api.services.embedding.embeddings import SentenceEmbedder
from api.services.retrieval.fusion import cosine_spread
from api.services.retrieval.search import RERANKED, Hit
from api.services.text.passages import passages_of
from api.services.text.terms import terms

CLOSE = 0.1
"""Hits that score at most this much less than the first are a close call (less where cosines lie closer together)."""

SENTENCES = 2
"""Sentences of a hit that are embedded: those with the most words of the question."""

WEIGHT = 0.5


class SentenceReranker:
    """The port `Reranker`."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self.embedder = embedder

    async def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """See `Reranker`. The hits have their final scores."""
        close = [hit for hit in hits[:RERANKED] if hit.score >= hits[0].score - CLOSE * cosine_spread.get()]
        if len(close) < 2:
            return list(hits)
        nearest = await self._nearest(question, close)
        rescored = [
            replace(hit, score=hit.score + WEIGHT * (cosine - nearest[0]))
            for hit, cosine in zip(close, nearest, strict=True)
        ]
        return sorted([*rescored, *hits[len(close) :]], key=lambda hit: -hit.score)

    async def _nearest(self, question: str, hits: Sequence[Hit]) -> list[float]:
        """For each hit, the cosine of the question and the hit's best sentence."""
        question_terms = set(terms(question))
        chosen = [_best_sentences(question_terms, hit) for hit in hits]
        query = await self.embedder.embed_query(question)
        vectors = await self.embedder.embed_queries([text for texts in chosen for text in texts])
        cosines = iter((vectors @ query).tolist())
        return [max((next(cosines) for _ in texts), default=0.0) for texts in chosen]


def _best_sentences(question_terms: set[str], hit: Hit) -> list[str]:
    """The sentences of a chunk with the most words of the question; of equal ones, the first."""
    found = [passage.embedded for passage in passages_of(hit.text, hit.above) if not passage.label]
    return sorted(found, key=lambda sentence: -len(question_terms.intersection(terms(sentence))))[:SENTENCES]
