"""The ports `Records` and `Outbox`."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.services.documents.store import Position
from api.services.parsing.errors import DocumentNotFound
from tests.stores.drafts import draft
from tests.stores.opened import Opened

AWKWARD = {"2024-01-02T03:04:05Z": "2024-01-02", "a.b": 1, "$c": True, "": 0.5, "n": 2**63 - 1, "é": "ü\u2028"}


@pytest.fixture
async def harness(harness: Opened) -> Opened:
    await harness.records.prepare()
    return harness


async def test_a_document_is_visible_once_it_is_committed(harness: Opened) -> None:
    one = draft("a line\nanother line", metadata=AWKWARD)
    await harness.records.stage(one)
    assert await harness.reader.documents(10, None, None) == []
    assert await harness.reader.visible([one.document.id]) == {}
    assert await harness.records.commit(one.document, None) == one.document
    assert await harness.reader.document(id=one.document.id) == one.document
    assert await harness.reader.document(sha256=one.document.sha256) == one.document
    assert await harness.reader.visible([one.document.id, uuid4()]) == {one.document.id: one.document}
    assert (await harness.reader.text(one.document.id)).text == "a line\nanother line"
    assert await harness.reader.chunks(one.document.id, -1, 10) == one.chunks
    assert await harness.reader.chunks(one.document.id, 0, 1) == one.chunks[1:]
    assert await harness.reader.chunks_by_id([one.chunks[1].id]) == {one.chunks[1].id: one.chunks[1]}


async def test_a_record_of_before_the_parser_was_noted_is_of_the_first_one(harness: Opened) -> None:
    one = draft("stored long ago")
    await harness.records.commit(one.document, None)
    await harness.records.database.documents.update_many({}, {"$unset": {"warnings": "", "parser": ""}})
    read = await harness.reader.document(id=one.document.id)
    assert read == replace(one.document, warnings=(), parser=1)
    assert read.outdated


async def test_the_same_bytes_are_committed_once(harness: Opened) -> None:
    first, second = draft("x", sha256="same"), draft("y", sha256="same")
    assert await harness.records.commit(first.document, None) == first.document
    assert await harness.records.commit(second.document, None) == first.document
    assert await harness.reader.documents(10, None, None) == [first.document]


async def test_of_concurrent_commits_of_the_same_bytes_one_succeeds(harness: Opened) -> None:
    drafts = [draft("x", sha256="same") for _ in range(10)]
    committed = await asyncio.gather(*(harness.records.commit(one.document, None) for one in drafts))
    [document] = await harness.reader.documents(10, None, None)
    assert set(map(id_of, committed)) == {document.id}


def id_of(document: Any) -> Any:
    return document.id


async def test_a_replacement_changes_one_record(harness: Opened) -> None:
    old, new = draft("old"), draft("new")
    await harness.records.commit(old.document, None)
    assert await harness.records.commit(new.document, old.document.id) == new.document
    assert await harness.reader.documents(10, None, None) == [new.document]


async def test_an_unknown_document_cannot_be_replaced(harness: Opened) -> None:
    with pytest.raises(DocumentNotFound):
        await harness.records.commit(draft("new").document, uuid4())
    assert await harness.reader.documents(10, None, None) == []


async def test_a_replacement_with_known_bytes_changes_nothing(harness: Opened) -> None:
    old, other, new = draft("old"), draft("x", sha256="same"), draft("y", sha256="same")
    for one in (old, other):
        await harness.records.commit(one.document, None)
    assert await harness.records.commit(new.document, old.document.id) == other.document
    assert set(await harness.reader.visible([old.document.id, other.document.id, new.document.id])) == {
        old.document.id,
        other.document.id,
    }


async def test_a_document_is_withdrawn_once(harness: Opened) -> None:
    one = draft("one")
    await harness.records.commit(one.document, None)
    await harness.records.withdraw(one.document.id)
    assert await harness.reader.document(id=one.document.id) is None
    with pytest.raises(DocumentNotFound):
        await harness.records.withdraw(one.document.id)


async def test_erasing_leaves_nothing_and_can_be_repeated(harness: Opened) -> None:
    one, other = draft("one\ntwo"), draft("three")
    for each in (one, other):
        await harness.records.stage(each)
    assert await harness.reader.chunk_counts() == {one.document.id: 2, other.document.id: 1}
    for _ in range(2):
        await harness.records.erase(one.document.id)
    assert await harness.reader.chunk_counts() == {other.document.id: 1}


async def test_documents_are_listed_newest_first_even_within_a_millisecond(harness: Opened) -> None:
    now = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    times = [now, now, now + timedelta(milliseconds=1), now - timedelta(days=9000)]
    documents = [replace(draft(f"{n}").document, created_at=time) for n, time in enumerate(times)]
    for document in documents:
        await harness.records.commit(document, None)
    expected = sorted(documents, key=lambda document: (document.created_at, str(document.id)), reverse=True)
    assert await harness.reader.documents(10, None, None) == expected
    for n, document in enumerate(expected):
        after = Position(document.created_at, document.id)
        assert await harness.reader.documents(10, after, None) == expected[n + 1 :]


async def test_notes_are_kept_until_they_are_deleted_and_selected_by_age(harness: Opened) -> None:
    note, document = uuid4(), uuid4()
    await harness.records.add_note(note, [document])
    assert await harness.records.notes(timedelta(0)) == {note: [document]}
    assert await harness.records.notes(timedelta(minutes=1)) == {}
    for _ in range(2):
        await harness.records.delete_note(note)
    assert await harness.records.notes(timedelta(0)) == {}
