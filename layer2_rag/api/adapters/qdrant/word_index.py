"""An inverted index in memory over sparse vectors: which points hold a term, and with what weight."""

import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Sparse(Protocol):
    """Qdrant's sparse vectors and our own."""

    @property
    def indices(self) -> Sequence[int]: ...

    @property
    def values(self) -> Sequence[float]: ...


@dataclass(frozen=True)
class Entry:
    """What is known of a point beside its terms."""

    id: str
    document_id: str
    tags: frozenset[str]


class _Postings:
    """The rows that hold a term, and its weight in each: 8 bytes a posting. `live` counts those not erased."""

    def __init__(self) -> None:
        self.rows = array("I")
        self.weights = array("f")
        self.live = 0

    def add(self, row: int, weight: float) -> None:
        self.rows.append(row)
        self.weights.append(weight)
        self.live += 1

    def move(self, places: Mapping[int, int]) -> None:
        """Give the rows other numbers, and drop those that have none."""
        kept = [(places[row], weight) for row, weight in zip(self.rows, self.weights, strict=True) if row in places]
        self.rows = array("I", [row for row, _ in kept])
        self.weights = array("f", [weight for _, weight in kept])


class WordIndex:
    """Scores are those of Qdrant with `Modifier.IDF`.

    An erased row leaves a gap; when half of the rows are gaps, the index is written anew without them.
    """

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._documents: defaultdict[str, set[str]] = defaultdict(set)
        self._entries: list[Entry | None] = []
        self._terms: list[array[int]] = []
        self._postings: defaultdict[int, _Postings] = defaultdict(_Postings)

    def put(self, entry: Entry, vector: Sparse) -> None:
        """A point that is there already is put in the place of the old one."""
        if entry.id in self._rows:
            self._erase(entry.id)
        row = self._rows[entry.id] = len(self._entries)
        self._entries.append(entry)
        self._terms.append(array("I", vector.indices))
        self._documents[entry.document_id].add(entry.id)
        for term, weight in zip(vector.indices, vector.values, strict=True):
            self._postings[term].add(row, weight)

    def erase(self, document_id: str) -> None:
        """Erase the points of a document."""
        for id in list(self._documents.get(document_id, ())):
            self._erase(id)
        if len(self._entries) > 2 * len(self._rows):
            self._rewrite()

    def search(
        self, query: Sparse, limit: int, allowed: Callable[[Entry], bool], scored: Iterable[str] = ()
    ) -> dict[str, float]:
        """The scores of the best allowed points, by id, and of the points `scored`; 0 is left out."""
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
        """By row. An erased row may be among them."""
        scores: defaultdict[int, float] = defaultdict(float)
        for term, asked in zip(query.indices, query.values, strict=True):
            if term in self._postings:
                postings = self._postings[term]
                weight = asked * math.log(1 + (len(self._rows) - postings.live + 0.5) / (postings.live + 0.5))
                for row, held in zip(postings.rows, postings.weights, strict=True):
                    scores[row] += weight * held
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
        places = {row: place for place, row in enumerate(kept)}
        for term, postings in list(self._postings.items()):
            postings.move(places)
            if not postings.live:
                del self._postings[term]
        self._entries = [self._entries[row] for row in kept]
        self._terms = [self._terms[row] for row in kept]
        self._rows = {entry.id: row for row, entry in enumerate(self._entries) if entry}
