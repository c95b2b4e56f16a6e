"""Search: the hits of the index, reranked, at most as many as requested."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from api.services.embedding.encoder_threads import Vectors
from api.services.retrieval.search import RERANKED, Hit, Mode, Query, SearchService
from tests.services.passages import hit


class UnitEmbedder:
    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return np.ones((len(texts), 1), dtype=np.float32)

    async def embed_query(self, text: str) -> Vectors:
        return np.ones(1, dtype=np.float32)


class FiveHits:
    """An index that finds five chunks, and records how many it was asked for."""

    wanted = 0

    async def search(self, query: Query) -> list[Hit]:
        self.wanted = query.top_k
        return [replace(hit(f"Text {n}."), score=1 - n / 10) for n in range(5)][: query.top_k]


class Reversed:
    async def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        return list(reversed(hits))


async def test_hits_are_reranked_even_if_only_one_is_requested() -> None:
    index = FiveHits()
    found = await SearchService(UnitEmbedder(), index, Reversed()).search("What?", 1)
    assert [hit.text for hit in found.hits] == [f"Text {RERANKED - 1}."]
    assert index.wanted == RERANKED


@pytest.mark.parametrize("mode", ["dense", "sparse"])
async def test_a_search_by_one_kind_is_not_reranked(mode: Mode) -> None:
    found = await SearchService(UnitEmbedder(), FiveHits(), Reversed()).search("What?", 2, mode)
    assert [hit.text for hit in found.hits] == ["Text 0.", "Text 1."]
