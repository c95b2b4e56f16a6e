"""An inverted index in memory over sparse vectors: the points that hold a term, with their weights."""

import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Sparse(Protocol):
    """A sparse vector, Qdrant's or that of `services/text/bm25.py`."""

    @property
    def indices(self) -> Sequence[int]: ...

    @property
    def values(self) -> Sequence[float]: ...


@dataclass(frozen=True)
class Entry:
    """A point without its terms."""

    id: str
    document_id: str
    tags: frozenset[str]


class _Postings:
    """The rows that hold a term, and its weight in each: 8 bytes per posting. `live` counts those not erased."""

    def __init__(self) -> None:
        self.rows = array("I")
        self.weights = array("f")
        self.live = 0

    def add(self, row: int, weight: float) -> None:
        self.rows.append(row)
        self.weights.append(weight)
        self.live += 1

    def renumber(self, numbers: Mapping[int, int]) -> None:
        """Give the rows new numbers, and drop those without one."""
        kept = [(numbers[row], weight) for row, weight in zip(self.rows, self.weights, strict=True) if row in numbers]
        self.rows = array("I", [row for row, _ in kept])
        self.weights = array("f", [weight for _, weight in kept])


class WordIndex:
    """Computes the scores of Qdrant with `Modifier.IDF`.

    An erased row leaves a gap. When half of the rows are gaps, the index is rewritten without them.
    """

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._documents: defaultdict[str, set[str]] = defaultdict(set)
        self._entries: list[Entry | None] = []
        self._terms: list[array[int]] = []
        self._postings: defaultdict[int, _Postings] = defaultdict(_Postings)

    def put(self, entry: Entry, vector: Sparse) -> None:
        """Add a point, or replace the one with its id."""
        if entry.id in self._rows:
            self._erase(entry.id)
        row = self._rows[entry.id] = len(self._entries)
        self._entries.append(entry)
        self._terms.append(array("I", vector.indices))
        self._documents[entry.document_id].add(entry.id)
        for term, weight in zip(vector.indices, vector.values, strict=True):
            self._postings[term].add(row, weight)

    def erase(self, document_id: str) -> None:
        """Erase all points of a document."""
        for id in list(self._documents.get(document_id, ())):
            self._erase(id)
        if len(self._entries) > 2 * len(self._rows):
            self._rewrite()

    def search(
        self, query: Sparse, limit: int, allowed: Callable[[Entry], bool], scored: Iterable[str] = ()
    ) -> dict[str, float]:
        """The scores, by id, of the best allowed points and of the points `scored`; scores of 0 are left out."""
        scores = self._scores(query)
        found: dict[str, float] = {}
        for row in sorted(scores, key=lambda row: -scores[row]):
            entry = self._entries[row]
            if entry is not None and allowed(entry):
                found[entry.id] = scores[row]
                if len(found) == limit:
                    break
        rows = {id: self._rows[id] for id in scored if id in self._rows}
        return found | {id: scores[row] for id, row in rows.items() if row in scores}

    def _scores(self, query: Sparse) -> Mapping[int, float]:
        """The scores by row, erased rows among them."""
        scores: defaultdict[int, float] = defaultdict(float)
        for term, query_weight in zip(query.indices, query.values, strict=True):
            if term in self._postings:
                postings = self._postings[term]
                weight = query_weight * math.log(1 + (len(self._rows) - postings.live + 0.5) / (postings.live + 0.5))
                for row, row_weight in zip(postings.rows, postings.weights, strict=True):
                    scores[row] += weight * row_weight
        return scores

    def _erase(self, id: str) -> None:
        row = self._rows.pop(id)
        entry = self._entries[row]
        if entry is not None:
            self._documents[entry.document_id].discard(id)
            if not self._documents[entry.document_id]:
                del self._documents[entry.document_id]
        for term in self._terms[row]:
            self._postings[term].live -= 1
        self._entries[row] = None
        self._terms[row] = array("I")

    def _rewrite(self) -> None:
        kept = [row for row, entry in enumerate(self._entries) if entry is not None]
        numbers = {row: number for number, row in enumerate(kept)}
        for term, postings in list(self._postings.items()):
            postings.renumber(numbers)
            if not postings.live:
                del self._postings[term]
        self._entries = [self._entries[row] for row in kept]
        self._terms = [self._terms[row] for row in kept]
        self._rows = {entry.id: row for row, entry in enumerate(self._entries) if entry}
