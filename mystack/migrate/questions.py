"""The same searches in source and target, and the comparison of their hits.

A question consists of some words of a chunk and the chunk's stored dense vector, drawn evenly from all chunks: so no
embedding model is needed, and every question has an answer. Each is asked in the modes dense, sparse and hybrid.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, zip_longest

from mystack.migrate.store_client import DocumentSummary, StoreClient

QUESTIONS = 100
TOP_K = 10
DEPTH = 50
"""Requested hits: more than are compared, so that ties at the end of the first ten are not taken for missing hits."""
WORDS = 12
MODES = ("hybrid", "dense", "sparse")
TOLERANCE = 1e-5
"""Scores are sums of thousands of floats that each engine adds in its own order. The tolerance is absolute, and
relative for scores above one."""
EXACT_CHUNKS = 5_000
"""Up to this number of chunks both engines compare every vector. In a larger library each question is limited to some
documents, because approximate indexes may miss different hits."""

Hit = tuple[str, float]


@dataclass(frozen=True)
class Question:
    words: str
    dense: bytes
    document_ids: Sequence[str] | None


@dataclass(frozen=True)
class Compared:
    """The first hits of source and target for a question, as (chunk id, score)."""

    words: str
    mode: str
    source: Sequence[Hit]
    target: Sequence[Hit]
    verdict: str
    """`same`; `ties` if hits of equal score are in another order; else the first difference."""


def draw(source: StoreClient, documents: Sequence[DocumentSummary]) -> list[Question]:
    """The questions, from documents that source and target both have."""
    ends = list(accumulate(document.chunks for document in documents))
    total = ends[-1] if ends else 0
    wanted = sorted({number * total // QUESTIONS for number in range(min(QUESTIONS, total))})
    chunks: dict[str, list[int]] = {}
    for document, end in zip(documents, ends, strict=True):
        first = end - document.chunks
        if indices := [position - first for position in wanted if first <= position < end]:
            chunks[document.id] = indices
    numbers = {document.id: number for number, document in enumerate(documents)}
    questions = []
    for id, head, dense in source.samples(chunks):
        if "gone" not in head:
            ids = None if total <= EXACT_CHUNKS else _around(documents, numbers[id])
            questions.append(Question(_middle(head["text"]), dense, ids))
    return questions


def _middle(text: str) -> str:
    """Some words from the middle of a text."""
    words = text.split()
    start = max(0, (len(words) - WORDS) // 2)
    return " ".join(words[start : start + WORDS])


def _around(documents: Sequence[DocumentSummary], number: int) -> list[str]:
    """The ids of this document and of the following ones, up to `EXACT_CHUNKS` chunks."""
    ids, chunks = list[str](), 0
    for document in [*documents[number:], *documents[:number]]:
        chunks += document.chunks
        if ids and chunks > EXACT_CHUNKS:
            break
        ids.append(document.id)
    return ids


def ask(question: Question, source: StoreClient, target: StoreClient) -> Iterator[Compared]:
    """The question in every mode, in source and target at the same time."""
    for mode in MODES:
        more = {"words": question.words, "mode": mode, "top_k": DEPTH, "document_ids": question.document_ids}
        for client in (source, target):
            client.send("search", question.dense, **more)
    for mode in MODES:
        ours, theirs = ([(id, score) for id, score, *_ in client.receive()["hits"]] for client in (source, target))
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
    """Whether the other ranking has the hit with the same score, or may have cut off hits of that score."""
    scores = dict(others)
    return _equal(scores.get(hit[0], others[-1][1]), hit[1])


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one))
