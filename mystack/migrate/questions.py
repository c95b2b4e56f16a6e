"""Questions asked of both sides, and their answers side by side.

A question is some words of a passage with that passage's stored vector, drawn evenly from the whole library; so no
model is needed, and every answer is known to be there. Both sides are asked by meaning, by words, and by both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from mystack.migrate.parcel import opened
from mystack.migrate.store_client import DocumentSummary, StoreClient

QUESTIONS = 100
TOP_K = 10
DEPTH = 50
"""Hits that are asked for, so that those of equal score at the end of the first ten can be told from missing ones."""
WORDS = 12
MODES = ("hybrid", "dense", "sparse")
TOLERANCE = 1e-5
"""Scores are sums of thousands of floats, and either engine adds them in its own order: so much they may differ, as a
share of the score where it is greater than one."""
EXACT_CHUNKS = 5_000
"""Of so many chunks both sides compare every one; in a larger library each question is asked of some documents only,
because beyond that either engine may miss hits of its own."""

Hit = tuple[str, float]


@dataclass(frozen=True)
class Question:
    chunk_id: str
    words: str
    dense: bytes
    document_ids: Sequence[str] | None


@dataclass(frozen=True)
class Compared:
    """The first hits of both sides for a question, as (chunk id, score)."""

    words: str
    mode: str
    source: Sequence[Hit]
    target: Sequence[Hit]
    verdict: str
    """`same`; `ties`, when hits of equal score stand in another order; or what is different."""


def drawn(side: StoreClient, documents: Sequence[DocumentSummary]) -> list[Question]:
    """The questions, from documents that both sides have."""
    total = sum(document.chunks for document in documents)
    wanted = sorted({number * total // QUESTIONS for number in range(min(QUESTIONS, total))})
    places: dict[int, list[int]] = {}
    first = 0
    for number, document in enumerate(documents):
        here = [place - first for place in wanted if first <= place < first + document.chunks]
        first += document.chunks
        if here:
            places[number] = here
    questions: list[Question] = []
    parcels = side.request("read", [documents[number].id for number in places])
    for (number, indices), (_, head, data) in zip(places.items(), parcels, strict=True):
        if "gone" not in head:
            ids = None if total <= EXACT_CHUNKS else _around(documents, number)
            questions += _questions(data, indices, ids)
    return questions


def _questions(data: bytes, indices: Sequence[int], ids: Sequence[str] | None) -> Iterator[Question]:
    parcel = opened(data)
    for index in indices:
        chunk, vectors = parcel.chunks[index], parcel.vectors[index]
        if vectors is not None:
            words = chunk["text"].split()
            start = max(0, (len(words) - WORDS) // 2)
            yield Question(chunk["id"], " ".join(words[start : start + WORDS]), vectors[0], ids)


def _around(documents: Sequence[DocumentSummary], number: int) -> list[str]:
    """Documents from this one on, as many as have no more chunks than are compared one by one."""
    ids, chunks = list[str](), 0
    for document in [*documents[number:], *documents[:number]]:
        chunks += document.chunks
        if ids and chunks > EXACT_CHUNKS:
            break
        ids.append(document.id)
    return ids


def asked(question: Question, source: StoreClient, target: StoreClient) -> Iterator[Compared]:
    """The question asked of both sides at the same time, in every mode."""
    for mode in MODES:
        more = {"words": question.words, "mode": mode, "top_k": DEPTH, "document_ids": question.document_ids}
        for side in (source, target):
            side.begin("search", question.dense, **more)
    for mode in MODES:
        ours, theirs = ([(id, score) for id, score, *_ in side.answer()["hits"]] for side in (source, target))
        verdict = compared(ours, theirs)
        yield Compared(question.words, mode, ours[:TOP_K], theirs[:TOP_K], verdict)


def compared(ours: Sequence[Hit], theirs: Sequence[Hit]) -> str:
    """The verdict on the first `TOP_K` hits of two rankings."""
    ties = False
    rankings = zip_longest(ours[:TOP_K], theirs[:TOP_K])
    for rank, (one, other) in enumerate(rankings, 1):
        if one is None or other is None:
            return f"rank {rank}: only the {'target' if one is None else 'source'} has a hit"
        if not _equal(one[1], other[1]):
            return f"rank {rank}: score {one[1]:.6f} ≠ {other[1]:.6f}"
        if one[0] != other[0]:
            if not (_tied(one, theirs) and _tied(other, ours)):
                return f"rank {rank}: chunk {one[0]} ≠ {other[0]}"
            ties = True
    return "ties" if ties else "same"


def _tied(hit: Hit, others: Sequence[Hit]) -> bool:
    """Whether the other side has the hit with the same score, or has cut off those of that score."""
    scores = dict(others)
    return _equal(scores.get(hit[0], others[-1][1]), hit[1])


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one))
