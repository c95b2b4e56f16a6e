"""The port `Vectors`."""

import random
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from api.adapters.qdrant.points import collection_name
from api.services.embedding.embeddings import Space
from api.services.retrieval.fusion import PREFETCH, fused
from tests.contracts.reference import FAR, NEAR, SHORT, WORDY, assert_expected
from tests.stores.drafts import draft, query
from tests.stores.opened import Opened, opened

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning")


@pytest.fixture(params=["query API", "local"])
async def harness(request: pytest.FixtureRequest, stores: Callable[[], dict[str, Any]]) -> AsyncIterator[Opened]:
    async with opened(stores(), query_api=request.param == "query API") as both:
        yield both


ANIMALS = draft("the badger digs\nthe heron fishes\nthe otter swims and fishes", metadata={"kind": "animal", "n": 3})
PLANTS = draft("the fern unrolls\nthe birch stands", metadata={"kind": "plant", "n": 2})


@pytest.fixture
async def filled(harness: Opened) -> Opened:
    for one in (ANIMALS, PLANTS):
        await harness.vectors.put(one)
    return harness


async def test_an_empty_store_has_no_candidates(harness: Opened) -> None:
    for mode in ("hybrid", "dense", "sparse"):
        assert await harness.vectors.search(query("badger", mode=mode)) == []
    assert await harness.vectors.vector_counts() == {}


@pytest.mark.parametrize("mode", ["hybrid", "dense", "sparse"])
async def test_candidates_have_their_scores_and_the_best_comes_first(filled: Opened, mode: str) -> None:
    first, *others = await filled.vectors.search(query("which heron fishes", mode=mode))
    assert first.chunk_id == ANIMALS.chunks[1].id
    assert all(first.score >= other.score for other in others)
    dense, sparse = first.dense_score or 0.0, first.sparse_score or 0.0
    assert (dense > 0, sparse > 0) == (mode != "sparse", mode != "dense")
    if mode != "sparse":
        assert dense == pytest.approx(query("which heron fishes").dense @ ANIMALS.dense[1], abs=1e-5)
    assert first.score == pytest.approx({"hybrid": fused(dense, sparse)}.get(mode, dense or sparse), abs=1e-5)


async def test_sparse_search_finds_only_chunks_with_the_words(filled: Opened) -> None:
    found = await filled.vectors.search(query("fishes", mode="sparse"))
    assert {one.chunk_id for one in found} == {ANIMALS.chunks[1].id, ANIMALS.chunks[2].id}


async def test_a_rare_word_counts_more_than_a_common_one(filled: Opened) -> None:
    found = await filled.vectors.search(query("fishes swims", mode="sparse"))
    assert found[0].chunk_id == ANIMALS.chunks[2].id


async def test_a_query_of_stop_words_is_searched_by_meaning_only(filled: Opened) -> None:
    stop_words = query("what is the")
    assert not stop_words.sparse
    assert await filled.vectors.search(query("what is the", mode="sparse")) == []
    hybrid = await filled.vectors.search(stop_words)
    dense = await filled.vectors.search(query("what is the", mode="dense"))
    assert [one.chunk_id for one in hybrid] == [one.chunk_id for one in dense]
    assert {one.sparse_score for one in hybrid} == {0.0}


@pytest.mark.parametrize(
    ("drafts", "question"), [([NEAR, FAR], "the of and in kestrel"), ([WORDY, SHORT], "the of and in the ledger")]
)
async def test_each_candidate_of_a_hybrid_search_has_both_scores(
    harness: Opened, drafts: list[Any], question: str
) -> None:
    for one in drafts:
        await harness.vectors.put(one)
    asked = query(question, PREFETCH)
    assert_expected(await harness.vectors.search(asked), drafts, asked)


async def test_there_are_at_most_top_k_candidates(filled: Opened) -> None:
    for top_k in (1, 3, 50):
        assert len(await filled.vectors.search(query("the badger fishes", top_k))) == min(top_k, 5)


@pytest.mark.parametrize("mode", ["hybrid", "dense", "sparse"])
@pytest.mark.parametrize(
    ("limits", "left"),
    [
        ({"filters": {"kind": "plant"}}, [PLANTS]),
        ({"filters": {"kind": ["plant", "stone"]}}, [PLANTS]),
        ({"filters": {"kind": ["plant", "animal"], "n": 3}}, [ANIMALS]),
        ({"filters": {"kind": "plant", "n": 3}}, []),
        ({"filters": {"kind": []}}, []),
        ({"document_ids": [ANIMALS.document.id, uuid4()]}, [ANIMALS]),
        ({"document_ids": []}, []),
        ({"document_ids": [ANIMALS.document.id], "filters": {"kind": "plant"}}, []),
    ],
)
async def test_filters_hold_in_every_mode(filled: Opened, mode: str, limits: dict[str, Any], left: list[Any]) -> None:
    found = await filled.vectors.search(query("the heron and the birch", 50, mode=mode, **limits))
    allowed = {chunk.id for one in left for chunk in one.chunks}
    assert {one.chunk_id for one in found} <= allowed
    assert bool(found) is bool(left)


async def test_writing_twice_stores_once_and_erasing_leaves_nothing(filled: Opened) -> None:
    await filled.vectors.put(ANIMALS)
    assert await filled.vectors.vector_counts() == {ANIMALS.document.id: 3, PLANTS.document.id: 2}
    for _ in range(2):
        await filled.vectors.erase(ANIMALS.document.id)
    assert await filled.vectors.vector_counts() == {PLANTS.document.id: 2}
    assert await filled.vectors.search(query("heron", mode="sparse")) == []


async def test_a_large_document_is_stored_completely(harness: Opened) -> None:
    large = draft("\n".join(f"line {n} of many" for n in range(300)))
    await harness.vectors.put(large)
    assert await harness.vectors.vector_counts() == {large.document.id: 300}


async def test_each_embedding_space_has_its_own_collection(harness: Opened) -> None:
    spaces = [Space("a@1/fp32/8", 8), Space("a@2/fp32/8", 8), Space("a@1/int8/8", 8)]
    names = {collection_name(space) for space in spaces}
    assert len(names) == 3
    assert not any("/" in name for name in names)
    assert await harness.vectors.collection() == collection_name(await harness.vectors.space())


async def test_the_local_mode_finds_the_same_as_the_query_api(stores: Callable[[], dict[str, Any]]) -> None:
    where = stores()
    if "qdrant_url" in where:
        pytest.skip("there is no local mode here")
    lottery = random.Random(1)
    words = [f"word{n}" for n in range(60)]
    texts = ["\n".join(" ".join(lottery.choices(words, k=12)) for _ in range(4)) for _ in range(12)]
    drafts = [draft(text, metadata={"third": n % 3 == 0}) for n, text in enumerate(texts)]
    limits = [{}, {"filters": {"third": True}}, {"document_ids": [one.document.id for one in drafts[:9]]}]
    questions = [" ".join(lottery.choices(words, k=4)) for _ in range(12)]
    queries = [query(q, 50, mode=m, **limit) for q in questions for m in ("hybrid", "sparse") for limit in limits]
    async with opened(where) as local:
        for one in drafts:
            await local.vectors.put(one)
        for one in drafts[:8]:
            await local.vectors.erase(one.document.id)  # enough to have the word index rewritten
        for one in drafts[:3]:
            await local.vectors.put(one)
        found = [await local.vectors.search(each) for each in queries]
    async with opened(where) as again:
        from_disk = [await again.vectors.search(each) for each in queries]
    async with opened(where, query_api=True) as through_api:
        expected = [await through_api.vectors.search(each) for each in queries]
    for ours, read, theirs in zip(found, from_disk, expected, strict=True):
        assert scores(ours) == pytest.approx(scores(theirs), abs=1e-4)
        assert scores(read) == pytest.approx(scores(theirs), abs=1e-4)


def scores(candidates: list[Any]) -> dict[Any, float]:
    kinds = {"dense": "dense_score", "sparse": "sparse_score", "fused": "score"}
    return {(one.chunk_id, kind): getattr(one, name) or 0.0 for one in candidates for kind, name in kinds.items()}
