"""The port `Index`: every adapter finds the same hits with the same scores."""

import asyncio
import random
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from api.services.rag.asking.spelling import further_spellings, spellings
from api.services.retrieval.fusion import PREFETCH
from tests.contracts.reference import FAR, NEAR, SHORT, WORDY, assert_expected
from tests.stores.drafts import draft, query
from tests.stores.opened import Opened

MODES = ["hybrid", "dense", "sparse"]
ANIMALS = draft("the badger digs\nthe heron fishes\nthe otter swims and fishes", metadata={"kind": "animal", "n": 3})
PLANTS = draft("the fern unrolls\nthe birch stands", name="plants.txt", metadata={"kind": "plant", "n": 2.5})
ALL = [ANIMALS, PLANTS]


@pytest.fixture
async def filled(harness: Opened) -> Opened:
    for one in ALL:
        await harness.store.publish(one, None)
    return harness


@pytest.mark.parametrize("mode", MODES)
async def test_an_empty_index_has_no_hits(harness: Opened, mode: str) -> None:
    assert await harness.found("badger", mode=mode) == []


@pytest.mark.parametrize("mode", MODES)
async def test_hits_have_their_scores_and_the_best_comes_first(filled: Opened, mode: str) -> None:
    asked = query("which heron fishes", 50, mode=mode)
    hits = await filled.index.search(asked)
    assert_expected(hits, ALL, asked)
    assert hits[0].chunk_id == ANIMALS.chunks[1].id


async def test_a_hybrid_hit_has_both_scores_and_0_by_words_if_it_shares_none(filled: Opened) -> None:
    hits = {hit.text: hit for hit in await filled.found("badger", top_k=50)}
    assert all(hit.dense_score is not None for hit in hits.values())
    assert (hits["the badger digs"].sparse_score or 0) > 0
    assert hits["the birch stands"].sparse_score == 0.0


async def test_a_hit_by_one_kind_alone_has_no_score_of_the_other(filled: Opened) -> None:
    assert {hit.sparse_score for hit in await filled.found("badger", mode="dense")} == {None}
    assert {hit.dense_score for hit in await filled.found("badger", mode="sparse")} == {None}


async def test_a_chunk_that_only_its_words_found_has_its_cosine_computed(harness: Opened) -> None:
    for one in (NEAR, FAR):
        await harness.store.publish(one, None)
    asked = query("the of and in kestrel", PREFETCH)
    nearest = {hit.chunk_id for hit in await harness.found("the of and in kestrel", top_k=PREFETCH, mode="dense")}
    [far] = [hit for hit in await harness.index.search(asked) if hit.chunk_id == FAR.chunks[0].id]
    assert far.chunk_id not in nearest
    assert (far.dense_score or 0) > 0.05
    assert_expected(await harness.index.search(asked), [NEAR, FAR], asked)


async def test_a_chunk_that_only_its_meaning_found_has_its_words_scored(harness: Opened) -> None:
    for one in (WORDY, SHORT):
        await harness.store.publish(one, None)
    asked = query("the of and in the ledger", 5)
    wordiest = {hit.chunk_id for hit in await harness.found("ledger", top_k=PREFETCH, mode="sparse")}
    best, *_ = await harness.index.search(asked)
    assert best.chunk_id == SHORT.chunks[0].id
    assert best.chunk_id not in wordiest
    assert (best.sparse_score or 0) > 0
    assert_expected(await harness.index.search(asked), [WORDY, SHORT], asked)


async def test_a_hit_has_the_file_name_and_the_exact_offsets(filled: Opened) -> None:
    [hit] = await filled.found("birch", top_k=1, mode="sparse")
    assert (hit.document_id, hit.filename, hit.page) == (PLANTS.document.id, "plants.txt", None)
    assert hit.text == "the birch stands" == PLANTS.text[hit.start : hit.end]


async def test_a_hit_has_what_stands_above_its_chunk(harness: Opened) -> None:
    given = draft("52017 | Lund\n52024 | Vejle")
    heading = "Orders > March\n\nNumber | City"
    rows = replace(given, chunks=[replace(chunk, heading=heading) for chunk in given.chunks])
    await harness.store.publish(rows, None)
    for mode in MODES:
        hit, *_ = await harness.found("52024 Vejle", mode=mode)
        assert (hit.heading, hit.complete) == (heading, "Number | City\n52024 | Vejle")


async def test_a_query_of_stop_words_is_searched_by_meaning_only(filled: Opened) -> None:
    assert not query("what is the").sparse
    assert await filled.found("what is the", mode="sparse") == []
    hybrid = await filled.found("what is the")
    assert [hit.chunk_id for hit in hybrid] == [hit.chunk_id for hit in await filled.found("what is the", mode="dense")]
    assert {hit.sparse_score for hit in hybrid} == {0.0}


async def test_a_query_of_all_spellings_of_a_word_finds_the_one_that_is_there(filled: Opened) -> None:
    assert await filled.found(spellings(["squirel"]), mode="sparse") == []
    assert [hit.text for hit in await filled.found(spellings(["badgr"]), mode="sparse")] == ["the badger digs"]
    [hit] = await filled.found(spellings(["unrols", "hedgehug"]), mode="sparse")
    assert hit.text == "the fern unrolls"


async def test_a_query_of_words_two_slips_away_finds_the_one_that_is_there(filled: Opened) -> None:
    await filled.publish("the accommodation is quiet")
    assert await filled.found(spellings(["accomodtion"]), mode="sparse") == []
    assert [hit.text for hit in await filled.found(further_spellings(["accomodtion"]), mode="sparse")] == [
        "the accommodation is quiet"
    ]


@pytest.mark.parametrize("top_k", [1, 3, 50])
async def test_there_are_at_most_top_k_hits(filled: Opened, top_k: int) -> None:
    assert len(await filled.found("the badger fishes", top_k=top_k)) == min(top_k, 5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("limits", "left"),
    [
        ({"filters": {"kind": "plant"}}, [PLANTS]),
        ({"filters": {"kind": ["plant", "stone"]}}, [PLANTS]),
        ({"filters": {"kind": ["plant", "animal"], "n": 3}}, [ANIMALS]),
        ({"filters": {"n": [2.5, 7]}}, [PLANTS]),
        ({"filters": {"n": "3"}}, []),
        ({"filters": {"kind": "plant", "n": 3}}, []),
        ({"filters": {"kind": []}}, []),
        ({"filters": {"absent": True}}, []),
        ({"document_ids": [ANIMALS.document.id, uuid4()]}, [ANIMALS]),
        ({"document_ids": []}, []),
        ({"document_ids": [ANIMALS.document.id], "filters": {"kind": "plant"}}, []),
        ({"filters": {}}, ALL),
    ],
)
async def test_filters_hold_in_every_mode(filled: Opened, mode: str, limits: dict[str, Any], left: list[Any]) -> None:
    asked = query("the heron and the birch", 50, mode=mode, **limits)
    hits = await filled.index.search(asked)
    assert_expected(hits, ALL, asked)
    assert {hit.document_id for hit in hits} == {one.document.id for one in left}


async def test_removed_and_replaced_documents_are_not_found(filled: Opened) -> None:
    newer = draft("the heron sleeps")
    await filled.store.publish(newer, ANIMALS.document.id)
    for mode in MODES:
        asked = query("the heron fishes", 50, mode=mode)
        assert_expected(await filled.index.search(asked), [newer, PLANTS], asked)
    await filled.store.remove(newer.document.id)
    assert await filled.found("heron", mode="sparse") == []


async def test_after_many_writes_the_scores_equal_the_reference(harness: Opened) -> None:
    lottery = random.Random(1)
    words = [f"word{n}" for n in range(60)]
    texts = ["\n".join(" ".join(lottery.choices(words, k=12)) for _ in range(2)) for _ in range(9)]
    drafts = [draft(text, metadata={"third": n % 3 == 0}) for n, text in enumerate(texts)]
    for one in drafts:
        await harness.store.publish(one, None)
    for one in drafts[:3]:
        await harness.store.remove(one.document.id)
    left = drafts[3:]
    limits: list[dict[str, Any]] = [
        {},
        {"filters": {"third": True}},
        {"document_ids": [one.document.id for one in left[:4]]},
    ]
    for question in [" ".join(lottery.choices(words, k=4)) for _ in range(12)]:
        for asked in [query(question, 50, mode=mode, **limit) for mode in MODES for limit in limits]:
            assert_expected(await harness.index.search(asked), left, asked, 1e-4)


async def test_a_search_during_a_replacement_finds_exactly_one_version(harness: Opened) -> None:
    current, searching = await harness.publish("version 0 of the tide table"), True

    async def search() -> set[int]:
        seen = set()
        while searching:
            seen.add(len(await harness.found("tide table", top_k=50, mode="sparse")))
        return seen

    seen = asyncio.create_task(search())
    for number in range(1, 12):
        current = await harness.publish(f"version {number} of the tide table", replaces=current.id)
    searching = False
    assert await seen == {1}
