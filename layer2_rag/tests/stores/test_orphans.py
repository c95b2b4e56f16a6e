"""The read path joins the vector store's hits to visible documents; what `process_outbox` may touch, and what not."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.services.documents.store import StoreUnavailable
from api.services.parsing.errors import DocumentNotFound
from tests.stores.drafts import draft
from tests.stores.killed import killed_after_every_step
from tests.stores.opened import Opened, opened
from tests.stores.writes import nothing_else_is_left, seen


@pytest.mark.parametrize("mode", ["hybrid", "dense", "sparse"])
async def test_orphans_are_no_hits_and_take_no_places(it: Opened, mode: str) -> None:
    """A hundred vectors without a document lie nearer to the question than the three with one."""
    for _ in range(20):
        orphan = draft("\n".join(["the pilot boat of Landsort"] * 5))
        await it.vectors.put(orphan)
        await it.records.stage(orphan)
    lines = [f"the pilot boat of Landsort number {n}" for n in range(3)]
    document = await it.publish("\n".join(lines))
    hits = await it.found("the pilot boat of Landsort", top_k=3, mode=mode)
    assert {hit.text for hit in hits} == set(lines)
    assert {hit.document_id for hit in hits} == {document.id}


async def test_a_hit_carries_its_documents_name_and_exact_place(it: Opened) -> None:
    document = await it.publish("first line\nthe second line", name="places.txt")
    [hit] = await it.found("second", top_k=1, mode="sparse")
    assert (hit.document_id, hit.filename, hit.text) == (document.id, "places.txt", "the second line")
    assert (await it.reader.text(document.id)).text[hit.start : hit.end] == hit.text


async def test_settling_leaves_young_notes_alone(it: Opened) -> None:
    under_way = draft("being written right now")
    await it.records.note(under_way.document.id, [under_way.document.id])
    await it.records.stage(under_way)
    assert await it.store.process_outbox(it.store.grace) == 0
    assert await it.left_of(under_way.document.id) == (1, 0)
    assert await it.store.process_outbox(timedelta(0)) == 1
    assert await it.left_of(under_way.document.id) == (-1, 0)


async def test_settling_never_erases_what_is_visible(it: Opened) -> None:
    document = await it.publish("visible all the time")
    await it.records.note(uuid4(), [document.id])
    await it.store.process_outbox(timedelta(0))
    assert await it.left_of(document.id) == (1, 1)
    assert await it.texts_found("visible") == {"visible all the time"}


async def test_a_write_that_took_too_long_does_not_publish(it: Opened) -> None:
    """Its note may have been settled meanwhile, and its chunks be gone."""
    it.store.grace = timedelta(0)
    with pytest.raises(StoreUnavailable, match="too slow"):
        await it.publish("too late")
    assert await it.reader.documents(10, None, None) == []


async def test_a_second_replacement_finds_nothing_to_replace_and_leaves_nothing(it: Opened) -> None:
    old = await it.publish("old")
    results = await asyncio.gather(*(it.publish(f"new {n}", replaces=old.id) for n in range(4)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Document"] + ["DocumentNotFound"] * 3
    [visible] = await it.reader.documents(10, None, None)
    assert await it.vectors.vector_counts() == {visible.id: 1}
    assert await it.reader.chunk_counts() == {visible.id: 1}
    assert await it.records.notes(timedelta(0)) == {}


async def test_removing_what_is_not_there_leaves_no_note(it: Opened) -> None:
    with pytest.raises(DocumentNotFound):
        await it.store.remove(uuid4())
    assert await it.records.notes(timedelta(0)) == {}


async def test_a_process_that_is_killed_between_two_writes_leaves_a_gap(stores: Callable[[], dict[str, Any]]) -> None:
    """The price of two stores: what one has and the other has not lies there until it is settled."""
    where, gaps = stores(), 0
    async for _ in killed_after_every_step(where, "publish"):
        async with opened(where) as killed:
            visible = await seen(killed)
            try:
                await nothing_else_is_left(killed, visible)
            except AssertionError:
                gaps += 1
            await killed.settle()
            await nothing_else_is_left(killed, visible)
    assert gaps
