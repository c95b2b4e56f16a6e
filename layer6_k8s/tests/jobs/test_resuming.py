"""A long document goes on where another worker left it: at the vectors that are missing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from api.adapters.postgres.jobs.vectors import PostgresVectors
from api.services.embedding.embeddings import Space
from api.services.jobs.current import Work, current_work
from api.services.jobs.resuming import GROUP, ResumingEmbedder
from tests.jobs.conftest import Table

TEXTS = [f"text {number}" for number in range(3 * GROUP + 5)]
KEPT = "SELECT count(*) FROM kept_vectors"


class Embedder:
    """Counts texts, and stops after a number of groups."""

    def __init__(self, stops_after: int = 1_000) -> None:
        self.embedded: list[str] = []
        self.stops_after = stops_after
        self.current = Space("one", 4)

    async def space(self) -> Space:
        return self.current

    async def embed_documents(self, texts: Sequence[str]) -> Any:
        if len(self.embedded) >= self.stops_after * GROUP:
            raise RuntimeError("the worker is lost")
        self.embedded += texts
        return np.array([[len(text), hash(text) % 97, 1, 2] for text in texts], dtype=np.float32)

    async def embed_query(self, text: str) -> Any:
        raise AssertionError("a document has no questions")


async def test_only_the_missing_groups_are_embedded_again(table: Table) -> None:
    await table.added()
    claim = await table.work.claim(30)
    assert claim is not None
    current_work.set(Work(claim))
    kept, whole = PostgresVectors(table.database), Embedder()
    first = Embedder(stops_after=2)
    with pytest.raises(RuntimeError):
        await ResumingEmbedder(first, kept).embed_documents(TEXTS)
    second = Embedder()
    vectors = await ResumingEmbedder(second, kept).embed_documents(TEXTS)
    assert second.embedded == TEXTS[2 * GROUP :]
    assert np.array_equal(vectors, await whole.embed_documents(TEXTS))
    other = Embedder()
    other.current = Space("two", 4)
    await ResumingEmbedder(other, kept).embed_documents(TEXTS)
    assert other.embedded == TEXTS, "vectors of another space are of no use"


async def test_short_documents_keep_nothing_and_ended_jobs_leave_nothing(table: Table) -> None:
    job = await table.added()
    claim = await table.work.claim(30)
    assert claim is not None
    current_work.set(Work(claim))
    embedder = ResumingEmbedder(Embedder(), PostgresVectors(table.database))
    await embedder.embed_documents(TEXTS[:GROUP])
    assert await table.database.rows(KEPT) == [(0,)]
    await embedder.embed_documents(TEXTS)
    assert await table.database.rows(KEPT) == [(4,)]
    await table.jobs.cancel(job.id)
    await table.work.take_back()
    assert await table.database.rows(KEPT) == [(0,)]
    await embedder.embed_documents(TEXTS)
    assert await table.database.rows(KEPT) == [(0,)], "nothing is kept for a job that has ended"
