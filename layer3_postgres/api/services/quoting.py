"""Choose, from the hits, the sentences that carry the answer.

Each unit of the first hits (a sentence, a table row) is scored by

    cosine(question, unit) + 1/4 cosine(question, unit and the one above)     what it means
    + COVERAGE * share of the question's words in it                          what it says
    + HIT * fused score of its chunk                                          where it stands

A word weighs the more, the fewer of the units hold it; a word that stands only in the unit above or in the file's
name counts a third: that is where "he" and "the company" have their names. Embedding is what costs time, so only
the EMBEDDED best units by the last two parts are embedded.

Measured on XQuAD (24 articles, 612 questions, half of them not looked at while tuning).
"""

import math
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from api.services.fusion import fused
from api.services.search import Hit
from api.services.terms import terms
from api.services.units import Unit, units

HITS = 3
QUOTES = 3
EMBEDDED = 8
CACHED = 4096
IN_CONTEXT, COVERAGE, ABOVE, HIT, TITLE = 0.25, 0.6, 1 / 3, 0.5, -0.4
BEHIND = 0.45
"""A further quote may score this much less than the best; what scores lower adds words, not answers."""

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """What quoting needs of the embedder: unit vectors."""

    async def embed_query(self, text: str) -> Vectors: ...

    async def embed_queries(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(frozen=True)
class Quote:
    """A piece of a document: `text` equals the stored text at `start..end` of `hit.document_id`.

    `score` orders the quotes of one question; `similarity` is the cosine of the question and the quote.
    """

    hit: Hit
    start: int
    end: int
    text: str
    score: float
    similarity: float


@dataclass(frozen=True)
class _Candidate:
    hit: Hit
    unit: Unit
    said: frozenset[str]
    above: frozenset[str]


class Quoter:
    """Finds the sentences of the hits that answer a question or support a claim."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    async def quotes(self, question: str, hits: Sequence[Hit]) -> list[Quote]:
        """At most three quotes from the first three hits, best first. Empty when there are no hits."""
        ranked = await self._ranked(question, hits[:HITS])
        return [quote for quote in ranked[:QUOTES] if quote.score > ranked[0].score - BEHIND]

    async def best_span(self, claim: str, hit: Hit) -> Quote:
        """The unit of `hit` that carries `claim`; the whole hit if there is nothing but white space in it."""
        ranked = await self._ranked(claim, [hit])
        return ranked[0] if ranked else Quote(hit, hit.start, hit.end, hit.text, 0.0, 0.0)

    async def _ranked(self, question: str, hits: Sequence[Hit]) -> list[Quote]:
        found = _candidates(hits)
        weights = _weights(terms(question), found)
        prior = [_prior(weights, candidate) for candidate in found]
        chosen = sorted(range(len(found)), key=lambda i: -prior[i])[:EMBEDDED]
        if not chosen:
            return []
        query = await self._embedder.embed_query(question)
        vectors = await self._embedded([found[i].unit.text for i in chosen])
        quotes = [_quote(found[i], prior[i], query, vectors) for i in chosen]
        return sorted(quotes, key=lambda quote: -quote.score)

    async def _embedded(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        """The vector of each text. Those of the last few thousand sentences are remembered."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if missing:
            self._vectors.update(zip(missing, await self._embedder.embed_queries(missing), strict=True))
        vectors = {text: self._vectors[text] for text in texts}
        while len(self._vectors) > CACHED:
            self._vectors.popitem(last=False)
        return vectors


def _candidates(hits: Sequence[Hit]) -> list[_Candidate]:
    """The units of the hits, the same sentence once: chunks may overlap, and documents repeat each other."""
    found: dict[str, _Candidate] = {}
    for hit in hits:
        name = frozenset(terms(hit.filename))
        for unit in units(hit.text):
            above = name.union(terms(unit.above))
            found.setdefault(unit.text, _Candidate(hit, unit, frozenset(terms(unit.text)), above))
    return list(found.values())


def _weights(asked: Sequence[str], found: Sequence[_Candidate]) -> Mapping[str, float]:
    """The question's words, each by how few of the candidates hold it (idf). They sum to 1."""
    holders = Counter(term for candidate in found for term in candidate.said)
    rarity = {t: math.log(1 + (len(found) - holders[t] + 0.5) / (holders[t] + 0.5)) for t in asked}
    total = sum(rarity.values()) or 1.0
    return {term: value / total for term, value in rarity.items()}


def _prior(weights: Mapping[str, float], candidate: _Candidate) -> float:
    """What can be said of a candidate without embedding it."""
    said = sum(weight for term, weight in weights.items() if term in candidate.said)
    above = sum(w for term, w in weights.items() if term in candidate.above and term not in candidate.said)
    return (
        COVERAGE * (said + ABOVE * above)
        + HIT * fused(candidate.hit.dense_score, candidate.hit.sparse_score)
        + TITLE * candidate.unit.title
    )


def _quote(candidate: _Candidate, prior: float, query: Vectors, vectors: Mapping[str, Vectors]) -> Quote:
    unit, hit = candidate.unit, candidate.hit
    own = vectors[unit.text]
    both = own + vectors[unit.above] if unit.above in vectors else own
    similarity = float(own @ query)
    in_context = float(both @ query) / float(np.linalg.norm(both))
    score = prior + similarity + IN_CONTEXT * in_context
    return Quote(hit, hit.start + unit.start, hit.start + unit.end, unit.text, score, similarity)
