"""Searches join candidates to visible documents, and `process_outbox` erases only what is invisible."""

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
async def test_orphans_are_never_hits_and_displace_none(harness: Opened, mode: str) -> None:
    """A hundred vectors without a document are more similar to the query than the three with one."""
    for _ in range(20):
        orphan = draft("\n".join(["the pilot boat of Landsort"] * 5))
        await harness.vectors.put(orphan)
        await harness.records.stage(orphan)
    lines = [f"the pilot boat of Landsort number {n}" for n in range(3)]
    document = await harness.publish("\n".join(lines))
    hits = await harness.found("the pilot boat of Landsort", top_k=3, mode=mode)
    assert {hit.text for hit in hits} == set(lines)
    assert {hit.document_id for hit in hits} == {document.id}


async def test_a_hit_has_the_file_name_and_the_exact_offsets(harness: Opened) -> None:
    document = await harness.publish("first line\nthe second line", name="places.txt")
    [hit] = await harness.found("second", top_k=1, mode="sparse")
    assert (hit.document_id, hit.filename, hit.text) == (document.id, "places.txt", "the second line")
    assert (await harness.reader.text(document.id)).text[hit.start : hit.end] == hit.text


async def test_young_notes_are_left_alone(harness: Opened) -> None:
    running = draft("being written")
    await harness.records.add_note(running.document.id, [running.document.id])
    await harness.records.stage(running)
    assert await harness.store.process_outbox(harness.store.grace) == 0
    assert await harness.left_of(running.document.id) == (1, 0)
    assert await harness.store.process_outbox(timedelta(0)) == 1
    assert await harness.left_of(running.document.id) == (-1, 0)


async def test_visible_documents_are_never_erased(harness: Opened) -> None:
    document = await harness.publish("visible all the time")
    await harness.records.add_note(uuid4(), [document.id])
    await harness.store.process_outbox(timedelta(0))
    assert await harness.left_of(document.id) == (1, 1)
    assert await harness.texts_found("visible") == {"visible all the time"}


async def test_a_write_that_takes_too_long_does_not_publish(harness: Opened) -> None:
    """Its note may have been processed meanwhile, and its chunks erased."""
    harness.store.grace = timedelta(0)
    with pytest.raises(StoreUnavailable, match="too slow"):
        await harness.publish("too late")
    assert await harness.reader.documents(10, None, None) == []


async def test_of_concurrent_replacements_one_succeeds_and_the_others_leave_nothing(harness: Opened) -> None:
    old = await harness.publish("old")
    results = await asyncio.gather(
        *(harness.publish(f"new {n}", replaces=old.id) for n in range(4)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Document"] + ["DocumentNotFound"] * 3
    [visible] = await harness.reader.documents(10, None, None)
    assert await harness.vectors.vector_counts() == {visible.id: 1}
    assert await harness.reader.chunk_counts() == {visible.id: 1}
    assert await harness.records.notes(timedelta(0)) == {}


async def test_removing_an_unknown_document_leaves_no_note(harness: Opened) -> None:
    with pytest.raises(DocumentNotFound):
        await harness.store.remove(uuid4())
    assert await harness.records.notes(timedelta(0)) == {}


async def test_a_killed_process_leaves_a_gap_until_the_clean_up(
    stores: Callable[[], dict[str, Any]],
) -> None:
    """The price of two stores: until the outbox is processed, one has data that the other has not."""
    where, gaps = stores(), 0
    async for _ in killed_after_every_step(where, "publish"):
        async with opened(where) as killed:
            visible = await seen(killed)
            try:
                await nothing_else_is_left(killed, visible)
            except AssertionError:
                gaps += 1
            await killed.clean_up()
            await nothing_else_is_left(killed, visible)
    assert gaps
