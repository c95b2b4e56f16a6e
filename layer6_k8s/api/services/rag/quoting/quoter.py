"""Choose the sentences of the hits that carry the answer.

Each passage of the first hits (a sentence, a table row below its header) is scored by

    cosine(question, passage) + 1/4 cosine(question, passage and its context)   meaning
    + what its words and its chunk say                                          see `priors.py`

Embedding takes most of the time, so only the EMBEDDED passages that score best without the cosines are embedded. A
title or the header of a table is no candidate.

Measured on XQuAD (24 articles, 612 questions, tuned on half of the articles; a refusal counts as a miss): the first
quote holds the answer for .80 of the questions, one of the quotes for .92, with 62 words on average; on the other half
.80 and .91. Without coverage .71 and .90, without context and file name .78 and .91. Embedding 12 passages instead of 6
gains .002. With the rules of answerability of record 0050, which refuse more, it is .79 and .91; on the other half .81
and .88.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

import numpy as np

from api.services.embedding.embeddings import SentenceEmbedder
from api.services.embedding.encoder_threads import Vectors
from api.services.rag.asking.acronyms import forms_of
from api.services.rag.quoting.alike import speaks_of_another
from api.services.rag.quoting.candidates import Candidate, candidates
from api.services.rag.quoting.priors import is_named, priors
from api.services.retrieval.search import Hit
from api.services.text.passages import passages_of
from api.services.text.terms import terms

HITS = 3
QUOTES = 3
EMBEDDED = 6
IN_CONTEXT = 0.25
BEHIND = 0.45
"""A further quote scores at most this much less than the best; lower ones add words, not answers."""

CONTINUED = 2
"""Sentences with which the first quote goes on at most."""
_MEASURES = frozenset(terms("many much long old far often big large high tall"))
"""Words of a question that its answer states as a number."""
PRONOUN = re.compile(r"(?:It|Its|They|Their|He|His|She|Her|This|These|Both|Er|Sein|Seine|Ihr|Ihre|Elle|Il|Ils)\b")
_ASKS_FOR_NEXT = re.compile(
    r"\b(?:comes?|happens|follows|next|do(?:ne)?|goes)\b.{0,20}\b(?:after|next)\b|\bnext step\b|\bstep after\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Quote:
    """A part of a document: `text` equals the stored text of `hit.document_id` at `start..end`.

    `score` orders the quotes of one question; `similarity` is the cosine of question and quote.
    """

    hit: Hit
    start: int
    end: int
    text: str
    score: float
    similarity: float


class Quotes(Protocol):
    """Finds the sentences of hits that answer a question or support a claim."""

    async def quotes(self, question: str, hits: Sequence[Hit]) -> list[Quote]:
        """A few quotes that answer the question, best first. Empty when there are no hits."""
        ...

    async def best_span(self, claim: str, hit: Hit) -> Quote:
        """The passage of `hit` that carries `claim`; the whole hit if it holds nothing but white space."""
        ...


class Quoter:
    """The port `Quotes`, by words and by meaning."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self.embedder = embedder

    async def quotes(self, question: str, hits: Sequence[Hit]) -> list[Quote]:
        """See `Quotes`. At most three, from the first three hits and those with rows that the question names."""
        ranked = _apart(await self._ranked(question, [*hits[:HITS], *_with_named_rows(question, hits[HITS:])]))
        near = [quote for quote in ranked if quote.score > ranked[0].score - BEHIND]
        chosen = _of_what_is_asked(question, near)[:QUOTES]
        return _apart([continued(question, chosen[0]), *chosen[1:]]) if chosen else []

    async def best_span(self, claim: str, hit: Hit) -> Quote:
        """See `Quotes`."""
        ranked = await self._ranked(claim, [hit])
        return ranked[0] if ranked else Quote(hit, hit.start, hit.end, hit.text, 0.0, 0.0)

    async def _ranked(self, question: str, hits: Sequence[Hit]) -> list[Quote]:
        forms = forms_of(question, hits)
        found = candidates(hits, question, forms)
        prior = priors(question, found, forms)
        chosen = sorted(range(len(found)), key=lambda i: -prior[i])[:EMBEDDED]
        if not chosen:
            return []
        texts = list(dict.fromkeys(text for i in chosen for text in found[i].texts))
        query = await self.embedder.embed_query(question)
        vectors = dict(zip(texts, await self.embedder.embed_queries(texts), strict=True))
        quotes = [_quote(found[i], prior[i], query, vectors) for i in chosen]
        return sorted(quotes, key=lambda quote: -quote.score)


def _with_named_rows(question: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits with a row that the question names: rows of figures have few words to be found by."""
    asked = set(terms(question))
    return [hit for hit in hits if any(is_named(asked, passage) for passage in passages_of(hit.text, hit.above))]


def continued(question: str, quote: Quote) -> Quote:
    """The quote with the sentences right behind it whose "it" or "she" it names, if it lacks words of the question.

    An item of a list goes on with the next one, if the question is what comes after it.
    """
    if _ASKS_FOR_NEXT.search(question) and (both := _next_item(quote)):
        return both
    asked = set(terms(question)) - _MEASURES
    if PRONOUN.match(quote.text) or asked.issubset(terms(quote.text)):
        return quote
    hit, end = quote.hit, quote.end
    following = (passage for passage in passages_of(hit.text, hit.above) if hit.start + passage.start >= quote.end)
    for passage in islice(following, CONTINUED):
        gap = hit.text[end - hit.start : passage.start]
        if not PRONOUN.match(passage.text) or "\n\n" in gap or passage.row or passage.label:
            break
        end = hit.start + passage.end
    return replace(quote, end=end, text=hit.text[quote.start - hit.start : end - hit.start])


def _next_item(quote: Quote) -> Quote | None:
    """The item of a list with the one behind it; None if the quote is none, or the last one."""
    hit = quote.hit
    items = [one for one in passages_of(hit.text, hit.above) if one.item and hit.start + one.end >= quote.end]
    if len(items) < 2 or hit.start + items[0].start > quote.start or hit.start + items[0].end != quote.end:
        return None
    return replace(quote, end=hit.start + items[1].end, text=hit.text[quote.start - hit.start : items[1].end])


def _apart(ranked: Sequence[Quote]) -> list[Quote]:
    """The quotes without those that overlap a better one: of a list and its items, one is enough."""
    kept: list[Quote] = []
    for quote in ranked:
        same = [better for better in kept if better.hit.document_id == quote.hit.document_id]
        if not any(quote.start < better.end and better.start < quote.end for better in same):
            kept.append(quote)
    return kept


def _of_what_is_asked(question: str, near: Sequence[Quote]) -> list[Quote]:
    """The quotes without those that speak of something else than another one, such as the rows of other keys."""
    asked = frozenset(terms(question))

    def is_of_another(quote: Quote) -> bool:
        return any(speaks_of_another(asked, one.hit, one.text, quote.hit, quote.text) for one in near)

    return [quote for quote in near if not is_of_another(quote)] or list(near[:1])


def _quote(candidate: Candidate, prior: float, query: Vectors, vectors: Mapping[str, Vectors]) -> Quote:
    passage, hit = candidate.passage, candidate.hit
    own = max((vectors[text] for text in candidate.texts), key=lambda vector: float(vector @ query))
    both = own + vectors[passage.context] if passage.context in vectors else own
    similarity = float(own @ query)
    in_context = float(both @ query) / float(np.linalg.norm(both))
    score = prior + similarity + IN_CONTEXT * in_context
    return Quote(hit, hit.start + passage.start, hit.start + passage.end, passage.text, score, similarity)
