"""The ports `DocumentStore` and `DocumentReader`: the same answers, wherever the documents live."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from api.services.documents.store import Document, MetadataValue, Position, StoredChunk
from api.services.parsing.errors import DocumentNotFound
from tests.stores.drafts import draft
from tests.stores.opened import Opened

AWKWARD: dict[str, MetadataValue] = {
    "2024-01-02T03:04:05Z": "2024-01-02",
    "a.b": 1,
    "$c": True,
    "": 0.5,
    "n": 2**63 - 1,
    "x": 1e16,
    "é": "ü\u2028\U0001f6a2",
    "last": False,
}


async def ids(it: Opened) -> set[UUID]:
    return {document.id for document in await it.reader.documents(100, None, None)}


async def test_what_is_published_is_read_as_it_was_given(it: Opened) -> None:
    one = draft("a line\nanother line \U0001f6a2 of ü\u2028\ttext", name="é \U0001f6a2.txt", metadata=AWKWARD)
    assert await it.store.publish(one, None) == one.document
    for read in (
        await it.reader.document(id=one.document.id),
        await it.reader.document(sha256=one.document.sha256),
        (await it.reader.documents(10, None, None))[0],
    ):
        assert read == one.document
        assert read is not None
        assert list(map(repr, read.metadata.items())) == list(map(repr, AWKWARD.items())), "in order, and of its type"
        assert read.created_at.utcoffset() == timedelta(0)
    assert await it.reader.text(one.document.id) == one.text


async def test_chunks_are_exact_pieces_of_the_text_and_come_in_order(it: Opened) -> None:
    given = draft("erste Zeile \U0001f6a2 ü\nzweite\n\ndritte")
    chunks = [replace(chunk, page=chunk.index + 1, heading=f"§ {chunk.index}") for chunk in given.chunks]
    one = replace(given, chunks=chunks, document=replace(given.document, pages=4))
    await it.store.publish(one, None)
    text, read = await it.reader.text(one.document.id), await it.reader.chunks(one.document.id, -1, 10)
    assert read == chunks
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in read)
    assert await it.reader.chunks(one.document.id, 0, 2) == chunks[1:3]
    assert await it.reader.chunks(one.document.id, 3, 2) == []


async def test_of_what_is_not_there_nothing_is_read(it: Opened) -> None:
    await it.publish("something else")
    assert await it.reader.document(id=uuid4()) is None
    assert await it.reader.document(sha256="0" * 64) is None
    assert await it.reader.chunks(uuid4(), -1, 10) == []
    with pytest.raises(DocumentNotFound):
        await it.reader.text(uuid4())


async def test_the_same_bytes_are_published_once(it: Opened) -> None:
    first, second = draft("x", sha256="same"), draft("y", sha256="same")
    assert await it.store.publish(first, None) == first.document
    assert await it.store.publish(second, None) == first.document
    assert await it.documents_on_disk() == {first.document.id}
    assert await it.texts_found("x y") == {"x"}


async def test_twenty_at_once_of_the_same_bytes_are_one_document(it: Opened) -> None:
    drafts = [draft("the same bytes\nin two lines", sha256="same") for _ in range(20)]
    published = await asyncio.gather(*(it.store.publish(one, None) for one in drafts))
    [winner] = await ids(it)
    assert {document.id for document in published} == {winner}
    assert await it.documents_on_disk() == {winner}
    assert await it.left_of(winner) == (2, 2)


async def test_a_replacement_takes_the_place_of_the_old_one(it: Opened) -> None:
    old, new = draft("the old words"), draft("the new words")
    await it.store.publish(old, None)
    assert await it.store.publish(new, old.document.id) == new.document
    assert await it.documents_on_disk() == {new.document.id}
    assert await it.texts_found("old new words") == {"the new words"}
    assert await it.reader.document(id=old.document.id) is None


async def test_nothing_replaces_what_is_not_there(it: Opened) -> None:
    with pytest.raises(DocumentNotFound):
        await it.store.publish(draft("new"), uuid4())
    assert await it.documents_on_disk() == set()
    assert await it.texts_found("new") == set()


async def test_a_replacement_by_known_bytes_changes_nothing(it: Opened) -> None:
    old, other = await it.publish("old"), await it.publish("x", sha256="same")
    assert await it.publish("y", replaces=old.id, sha256="same") == other
    assert await it.documents_on_disk() == {old.id, other.id}


async def test_of_many_replacements_at_once_one_finds_what_it_replaces(it: Opened) -> None:
    old = await it.publish("old")
    results = await asyncio.gather(*(it.publish(f"new {n}", replaces=old.id) for n in range(8)), return_exceptions=True)
    [published] = [result for result in results if isinstance(result, Document)]
    assert [type(result) for result in results if result is not published] == [DocumentNotFound] * 7
    assert await it.documents_on_disk() == {published.id}


async def test_a_document_is_removed_once_with_everything_of_it(it: Opened) -> None:
    one, other = await it.publish("one line\nand two"), await it.publish("another")
    await it.store.remove(one.id)
    assert await it.reader.document(id=one.id) is None
    assert await it.reader.chunks(one.id, -1, 10) == []
    assert await it.texts_found("one line and two another") == {"another"}
    assert await it.documents_on_disk() == {other.id}
    with pytest.raises(DocumentNotFound):
        await it.store.remove(one.id)


async def test_bytes_that_were_removed_can_be_published_again(it: Opened) -> None:
    first = await it.publish("here and gone")
    await it.store.remove(first.id)
    second = await it.publish("here and gone")
    assert second.id != first.id
    assert await ids(it) == {second.id}


async def test_documents_are_listed_newest_first_even_in_the_same_millisecond(it: Opened) -> None:
    now = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    times = [now, now, now + timedelta(milliseconds=1), now - timedelta(days=9000)]
    drafts = [draft(f"{n}") for n in range(4)]
    published = [
        await it.store.publish(replace(one, document=replace(one.document, created_at=time)), None)
        for one, time in zip(drafts, times, strict=True)
    ]
    expected = sorted(published, key=lambda document: (document.created_at, str(document.id)), reverse=True)
    assert await it.reader.documents(10, None, None) == expected
    for n, document in enumerate(expected):
        after = Position(document.created_at, document.id)
        assert await it.reader.documents(2, after, None) == expected[n + 1 : n + 3]


async def test_the_list_is_limited_to_a_part_of_the_name_in_any_case(it: Opened) -> None:
    names = ["Übersicht 2024.pdf", "100%_sure.txt", "notes.md", "a\\b.txt"]
    for name in names:
        await it.publish(f"about {name}", name=name)

    async def named(part: str) -> set[str]:
        return {document.filename for document in await it.reader.documents(10, None, part)}

    assert await named("ÜBERSICHT") == {names[0]}
    assert await named("%_") == {names[1]}
    assert await named(".*") == set()
    assert await named("a\\B") == {names[3]}
    assert await named("") == set(names)


async def test_a_document_without_chunks_is_a_document(it: Opened) -> None:
    whole = draft("nothing to search")
    one = replace(whole, chunks=list[StoredChunk](), dense=whole.dense[:0], sparse=[])
    published = await it.store.publish(replace(one, document=replace(one.document, chunks=0)), None)
    assert await it.reader.text(published.id) == "nothing to search"
    assert await it.texts_found("nothing to search") == set()


async def test_a_large_document_is_published_whole(it: Opened) -> None:
    large = draft("\n".join(f"line {n} of many" for n in range(300)))
    await it.store.publish(large, None)
    assert await it.left_of(large.document.id) == (300, 300)
    assert await it.reader.chunks(large.document.id, -1, 500) == large.chunks
