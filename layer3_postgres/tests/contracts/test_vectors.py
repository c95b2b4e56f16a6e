"""What the library asks of the store of vectors."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from api.adapters.qdrant_vectors import collection_name
from api.services.embedding import Space
from api.services.fusion import fused
from tests.stores.opened import Opened, draft, opened, query


@pytest.fixture
async def it(stores: Callable[[], dict[str, Any]]) -> AsyncIterator[Opened]:
    async with opened(stores()) as both:
        yield both


ANIMALS = draft("the badger digs\nthe heron fishes\nthe otter swims and fishes", metadata={"kind": "animal", "n": 3})
PLANTS = draft("the fern unrolls\nthe birch stands", metadata={"kind": "plant", "n": 2})


@pytest.fixture
async def filled(it: Opened) -> Opened:
    for one in (ANIMALS, PLANTS):
        await it.vectors.put(one)
    return it


async def test_nothing_is_found_where_nothing_is(it: Opened) -> None:
    for mode in ("hybrid", "dense", "sparse"):
        assert await it.vectors.search(query("badger", mode=mode)) == []
    assert await it.vectors.vector_counts() == {}


@pytest.mark.parametrize("mode", ["hybrid", "dense", "sparse"])
async def test_the_best_comes_first_with_its_scores(filled: Opened, mode: str) -> None:
    first, *others = await filled.vectors.search(query("which heron fishes", mode=mode))
    assert first.chunk_id == ANIMALS.chunks[1].id
    assert all(first.score >= other.score for other in others)
    assert first.dense_score == pytest.approx(query("which heron fishes").dense @ ANIMALS.dense[1], abs=1e-5)
    assert first.sparse_score is not None
    wanted = {"hybrid": fused(first.dense_score, first.sparse_score), "dense": first.dense_score}
    assert first.score == pytest.approx(wanted.get(mode, first.sparse_score), abs=1e-5)


async def test_by_words_alone_only_chunks_with_the_words_are_found(filled: Opened) -> None:
    found = await filled.vectors.search(query("fishes", mode="sparse"))
    assert {one.chunk_id for one in found} == {ANIMALS.chunks[1].id, ANIMALS.chunks[2].id}


async def test_a_rare_word_counts_more_than_a_common_one(filled: Opened) -> None:
    found = await filled.vectors.search(query("fishes swims", mode="sparse"))
    assert found[0].chunk_id == ANIMALS.chunks[2].id


async def test_a_question_of_stop_words_is_searched_by_meaning_alone(filled: Opened) -> None:
    stop_words = query("what is the")
    assert not stop_words.sparse
    assert await filled.vectors.search(query("what is the", mode="sparse")) == []
    hybrid = await filled.vectors.search(stop_words)
    assert hybrid == await filled.vectors.search(query("what is the", mode="dense"))
    assert hybrid
    assert {one.sparse_score for one in hybrid} == {None}


async def test_no_more_than_asked_for(filled: Opened) -> None:
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
async def test_limits_hold_in_every_mode(filled: Opened, mode: str, limits: dict[str, Any], left: list[Any]) -> None:
    found = await filled.vectors.search(query("the heron and the birch", 50, mode=mode, **limits))
    allowed = {chunk.id for one in left for chunk in one.chunks}
    assert {one.chunk_id for one in found} <= allowed
    assert bool(found) is bool(left)


async def test_putting_twice_is_putting_once_and_erasing_leaves_nothing(filled: Opened) -> None:
    await filled.vectors.put(ANIMALS)
    assert await filled.vectors.vector_counts() == {ANIMALS.document.id: 3, PLANTS.document.id: 2}
    for _ in range(2):
        await filled.vectors.erase(ANIMALS.document.id)
    assert await filled.vectors.vector_counts() == {PLANTS.document.id: 2}
    assert await filled.vectors.search(query("heron", mode="sparse")) == []


async def test_a_large_document_is_put_and_counted_whole(it: Opened) -> None:
    large = draft("\n".join(f"line {n} of many" for n in range(600)))
    await it.vectors.put(large)
    assert await it.vectors.vector_counts() == {large.document.id: 600}


async def test_every_embedding_space_has_a_collection_of_its_own(it: Opened) -> None:
    spaces = [Space("a@1/fp32/8", 8), Space("a@2/fp32/8", 8), Space("a@1/int8/8", 8)]
    names = {collection_name(space) for space in spaces}
    assert len(names) == 3
    assert not any("/" in name for name in names)
    assert await it.vectors.collection() == collection_name(await it.vectors.space())
