"""What the library asks of the store of documents, chunks, texts and notes."""

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
async def it(it: Opened) -> Opened:
    await it.records.prepare()
    return it


async def test_what_is_staged_is_not_visible_and_what_is_committed_is(it: Opened) -> None:
    one = draft("a line\nanother line", metadata=AWKWARD)
    await it.records.stage(one)
    assert await it.reader.documents(10, None, None) == []
    assert await it.reader.visible([one.document.id]) == {}
    assert await it.records.commit(one.document, None) == one.document
    assert await it.reader.document(id=one.document.id) == one.document
    assert await it.reader.document(sha256=one.document.sha256) == one.document
    assert await it.reader.visible([one.document.id, uuid4()]) == {one.document.id: one.document}
    assert (await it.reader.text(one.document.id)).text == "a line\nanother line"
    assert await it.reader.chunks(one.document.id, -1, 10) == one.chunks
    assert await it.reader.chunks(one.document.id, 0, 1) == one.chunks[1:]
    assert await it.reader.chunks_by_id([one.chunks[1].id]) == {one.chunks[1].id: one.chunks[1]}


async def test_the_same_bytes_are_committed_once(it: Opened) -> None:
    first, second = draft("x", sha256="same"), draft("y", sha256="same")
    assert await it.records.commit(first.document, None) == first.document
    assert await it.records.commit(second.document, None) == first.document
    assert await it.reader.documents(10, None, None) == [first.document]


async def test_of_many_at_once_one_is_committed(it: Opened) -> None:
    drafts = [draft("x", sha256="same") for _ in range(10)]
    committed = await asyncio.gather(*(it.records.commit(one.document, None) for one in drafts))
    [document] = await it.reader.documents(10, None, None)
    assert set(map(id_of, committed)) == {document.id}


def id_of(document: Any) -> Any:
    return document.id


async def test_a_replacement_is_one_write(it: Opened) -> None:
    old, new = draft("old"), draft("new")
    await it.records.commit(old.document, None)
    assert await it.records.commit(new.document, old.document.id) == new.document
    assert await it.reader.documents(10, None, None) == [new.document]


async def test_nothing_replaces_what_is_not_there(it: Opened) -> None:
    with pytest.raises(DocumentNotFound):
        await it.records.commit(draft("new").document, uuid4())
    assert await it.reader.documents(10, None, None) == []


async def test_a_replacement_by_known_bytes_changes_nothing(it: Opened) -> None:
    old, other, new = draft("old"), draft("x", sha256="same"), draft("y", sha256="same")
    for one in (old, other):
        await it.records.commit(one.document, None)
    assert await it.records.commit(new.document, old.document.id) == other.document
    assert set(await it.reader.visible([old.document.id, other.document.id, new.document.id])) == {
        old.document.id,
        other.document.id,
    }


async def test_a_document_is_withdrawn_once(it: Opened) -> None:
    one = draft("one")
    await it.records.commit(one.document, None)
    await it.records.withdraw(one.document.id)
    assert await it.reader.document(id=one.document.id) is None
    with pytest.raises(DocumentNotFound):
        await it.records.withdraw(one.document.id)


async def test_erasing_leaves_nothing_and_can_be_repeated(it: Opened) -> None:
    one, other = draft("one\ntwo"), draft("three")
    for each in (one, other):
        await it.records.stage(each)
    assert await it.reader.chunk_counts() == {one.document.id: 2, other.document.id: 1}
    for _ in range(2):
        await it.records.erase(one.document.id)
    assert await it.reader.chunk_counts() == {other.document.id: 1}


async def test_documents_are_listed_newest_first_even_in_the_same_millisecond(it: Opened) -> None:
    now = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    times = [now, now, now + timedelta(milliseconds=1), now - timedelta(days=9000)]
    documents = [replace(draft(f"{n}").document, created_at=time) for n, time in enumerate(times)]
    for document in documents:
        await it.records.commit(document, None)
    expected = sorted(documents, key=lambda document: (document.created_at, str(document.id)), reverse=True)
    assert await it.reader.documents(10, None, None) == expected
    for n, document in enumerate(expected):
        after = Position(document.created_at, document.id)
        assert await it.reader.documents(10, after, None) == expected[n + 1 :]


async def test_notes_are_kept_until_they_are_struck_and_told_by_age(it: Opened) -> None:
    note, document = uuid4(), uuid4()
    await it.records.note(note, [document])
    assert await it.records.notes(timedelta(0)) == {note: [document]}
    assert await it.records.notes(timedelta(minutes=1)) == {}
    for _ in range(2):
        await it.records.strike(note)
    assert await it.records.notes(timedelta(0)) == {}
