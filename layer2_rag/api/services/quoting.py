"""Choose, from the hits, the sentences that carry the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from api.services.sentences import Sentence, sentences
from api.services.terms import terms

if TYPE_CHECKING:
    from api.services.search import Hit

MAX_QUOTES = 3


class Embedder(Protocol):
    """What quoting needs of the embedder: unit vectors, float32."""

    async def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    async def embed_query(self, text: str) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class Quote:
    """One sentence of a document: `text` equals the stored text at `start..end` of `hit.document_id`."""

    hit: "Hit"
    start: int
    end: int
    text: str
    score: float


class Quoter:
    """Finds the sentences of the hits that answer a question or support a claim."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def quotes(self, question: str, hits: "Sequence[Hit]") -> list[Quote]:
        """At most three sentences of the first three hits, best first. Empty when there are no hits."""
        found = [(hit, sentence) for hit in hits[:3] for sentence in sentences(hit.text)]
        return (await self._ranked(question, found))[:MAX_QUOTES]

    async def best_span(self, claim: str, hit: "Hit") -> Quote:
        """The sentence of `hit` that carries `claim`; the whole hit if it has no sentence."""
        found = [(hit, s) for s in sentences(hit.text)] or [(hit, Sentence(0, len(hit.text), hit.text))]
        return (await self._ranked(claim, found))[0]

    async def _ranked(self, question: str, found: "list[tuple[Hit, Sentence]]") -> list[Quote]:
        if not found:
            return []
        asked = set(terms(question))
        query = await self._embedder.embed_query(question)
        vectors = await self._embedder.embed_documents([s.text for _, s in found])
        scores = [
            float(vector @ query) + len(asked & set(terms(s.text))) / (len(asked) or 1)
            for vector, (_, s) in zip(vectors, found, strict=True)
        ]
        quotes = [
            Quote(hit, hit.start + s.start, hit.start + s.end, s.text, score)
            for (hit, s), score in zip(found, scores, strict=True)
        ]
        return sorted(quotes, key=lambda quote: -quote.score)
