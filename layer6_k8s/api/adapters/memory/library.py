"""A library in memory, for measurements: the chunks of a few hundred documents, which every search compares in full."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from api.services.documents.store import Document, NewDocument, StoredChunk
from api.services.parsing.errors import DocumentNotFound
from api.services.retrieval.fusion import PREFETCH, fused
from api.services.retrieval.search import Hit, Query


@dataclass(frozen=True)
class _Scored:
    """A chunk with its cosine and its BM25 score."""

    filename: str
    chunk: StoredChunk
    dense: float
    sparse: float

    def hit(self) -> Hit:
        """As a hit of a hybrid search."""
        one, score = self.chunk, fused(self.dense, self.sparse)
        where = (one.document_id, self.filename, one.id, one.page, one.start, one.end)
        return Hit(*where, one.text, score, self.dense, self.sparse, one.heading)


class MemoryLibrary:
    """The ports `DocumentStore` and `Index`, the latter for hybrid searches without filters."""

    def __init__(self) -> None:
        self._documents: dict[UUID, NewDocument] = {}
        self._words: dict[UUID, Mapping[int, float]] = {}

    async def publish(self, new: NewDocument, replaces: UUID | None) -> Document:
        """See `DocumentStore`. The same bytes may be stored twice."""
        self._documents[new.document.id] = new
        for chunk, sparse in zip(new.chunks, new.sparse, strict=True):
            self._words[chunk.id] = dict(zip(sparse.indices, sparse.values, strict=True))
        if replaces is not None:
            await self.remove(replaces)
        return new.document

    async def remove(self, document_id: UUID) -> None:
        """See `DocumentStore`."""
        removed = self._documents.pop(document_id, None)
        if removed is None:
            raise DocumentNotFound(f"There is no document {document_id}.")
        for chunk in removed.chunks:
            del self._words[chunk.id]

    async def search(self, query: Query) -> list[Hit]:
        """See `Index`."""
        scored = list(self._scored(query))
        limit = max(PREFETCH, query.top_k)
        by_meaning = sorted(scored, key=lambda one: -one.dense)[:limit]
        by_words = sorted((one for one in scored if one.sparse), key=lambda one: -one.sparse)[:limit]
        candidates = {one.chunk.id: one for one in (*by_meaning, *by_words)}
        hits = [one.hit() for one in candidates.values()]
        return sorted(hits, key=lambda hit: -hit.score)[: query.top_k]

    def _scored(self, query: Query) -> Iterable[_Scored]:
        holders = Counter(term for words in self._words.values() for term in words)
        rarity = {term: _rarity(len(self._words), holders[term]) for term in query.sparse.indices}
        for new in self._documents.values():
            for chunk, cosine in zip(new.chunks, (new.dense @ query.dense).tolist(), strict=True):
                words = self._words[chunk.id]
                score = sum(words[term] * weight for term, weight in rarity.items() if term in words)
                yield _Scored(new.document.filename, chunk, cosine, score)


def _rarity(chunks: int, holders: int) -> float:
    """BM25's idf of a word that `holders` of the chunks contain."""
    return math.log(1 + (chunks - holders + 0.5) / (holders + 0.5))
