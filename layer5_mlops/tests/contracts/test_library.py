"""The ports `DocumentStore` and `DocumentReader`: every adapter behaves the same."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from api.services.documents.outline import Outline, TableSpan
from api.services.documents.store import Document, MetadataValue, Position, StoredChunk, TextSlice
from api.services.parsing.errors import DocumentNotFound
from api.services.parsing.parser import PARSER_VERSION, Heading
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


async def ids(harness: Opened) -> set[UUID]:
    return {document.id for document in await harness.reader.documents(100, None, None)}


async def test_a_published_document_is_read_unchanged(harness: Opened) -> None:
    one = draft("a line\nanother line \U0001f6a2 of ü\u2028\ttext", name="é \U0001f6a2.txt", metadata=AWKWARD)
    assert await harness.store.publish(one, None) == one.document
    for read in (
        await harness.reader.document(id=one.document.id),
        await harness.reader.document(sha256=one.document.sha256),
        (await harness.reader.documents(10, None, None))[0],
    ):
        assert read == one.document
        assert read is not None
        assert list(map(repr, read.metadata.items())) == list(map(repr, AWKWARD.items())), "in order, with their types"
        assert read.created_at.utcoffset() == timedelta(0)
    assert (await harness.reader.text(one.document.id)).text == one.text


async def test_warnings_and_the_version_of_the_parser_are_kept(harness: Opened) -> None:
    said = ("1 image on page 2 has no text.", "Page 3, “Übersicht”: a chart was left out.")
    for n, (warnings, parser) in enumerate([((), PARSER_VERSION), (said, PARSER_VERSION), (said, 1)]):
        one = draft(f"text {n}")
        one = replace(one, document=replace(one.document, warnings=warnings, parser=parser))
        await harness.store.publish(one, None)
        read = await harness.reader.document(id=one.document.id)
        assert read == one.document
        assert read.outdated == (parser < PARSER_VERSION)


async def test_the_outline_of_a_text_is_kept(harness: Opened) -> None:
    outline = Outline((Heading(0, 5, 1), Heading(7, 12, 2)), (TableSpan(14, 30, 1),))
    one = replace(draft("Title\n\nBelow\n\nA | B\n1 | 2"), outline=outline)
    await harness.store.publish(one, None)
    assert await harness.reader.outline(one.document.id) == outline
    assert await harness.reader.outline((await harness.publish("no outline")).id) == Outline()
    assert await harness.reader.outline(uuid4()) == Outline()


async def test_chunks_are_exact_slices_of_the_text_in_order(harness: Opened) -> None:
    given = draft("erste Zeile \U0001f6a2 ü\nzweite\n\ndritte")
    chunks = [replace(chunk, page=chunk.index + 1, heading=f"§ {chunk.index}") for chunk in given.chunks]
    one = replace(given, chunks=chunks, document=replace(given.document, pages=4))
    await harness.store.publish(one, None)
    text, read = (await harness.reader.text(one.document.id)).text, await harness.reader.chunks(one.document.id, -1, 10)
    assert read == chunks
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in read)
    assert await harness.reader.chunks(one.document.id, 0, 2) == chunks[1:3]
    assert await harness.reader.chunks(one.document.id, 3, 2) == []


async def test_the_chunk_at_an_offset_is_the_last_that_begins_there_or_before(harness: Opened) -> None:
    one = draft("first line\nsecond\nthird")
    await harness.store.publish(one, None)
    found = [await harness.reader.chunk_at(one.document.id, offset) for offset in (0, 10, 11, 17, 18, 2**31)]
    assert found == [one.chunks[at] for at in (0, 0, 1, 1, 2, 2)]
    assert await harness.reader.chunk_at(uuid4(), 0) is None


async def test_text_slices_count_characters_and_end_with_the_text(harness: Opened) -> None:
    text = "añ𝄞\U0001f6a2b" * 20
    document = await harness.publish(text)
    for start, end in ((0, None), (0, 0), (3, 3), (3, 9), (98, 200), (99, None), (100, None), (4_000, 4_001)):
        assert await harness.reader.text(document.id, start, end) == TextSlice(start, text[start:end], len(text))
    beyond = await harness.reader.text(document.id, 2**31, 2**31)
    assert (beyond.text, beyond.length) == ("", len(text))


async def test_published_documents_are_visible_until_they_are_removed(harness: Opened) -> None:
    one, other, removed = [await harness.publish(f"number {n}") for n in range(3)]
    await harness.store.remove(removed.id)
    assert await harness.reader.visible({one.id, other.id, removed.id, uuid4()}) == {one.id: one, other.id: other}
    assert await harness.reader.visible([]) == {}


async def test_of_an_unknown_document_nothing_is_read(harness: Opened) -> None:
    await harness.publish("something else")
    assert await harness.reader.document(id=uuid4()) is None
    assert await harness.reader.document(sha256="0" * 64) is None
    assert await harness.reader.chunks(uuid4(), -1, 10) == []
    with pytest.raises(DocumentNotFound):
        await harness.reader.text(uuid4())


async def test_the_same_bytes_are_published_once(harness: Opened) -> None:
    first, second = draft("x", sha256="same"), draft("y", sha256="same")
    assert await harness.store.publish(first, None) == first.document
    assert await harness.store.publish(second, None) == first.document
    assert await harness.documents_on_disk() == {first.document.id}
    assert await harness.texts_found("x y") == {"x"}


async def test_twenty_concurrent_uploads_of_the_same_bytes_are_one_document(harness: Opened) -> None:
    drafts = [draft("the same bytes\nin two lines", sha256="same") for _ in range(20)]
    published = await asyncio.gather(*(harness.store.publish(one, None) for one in drafts))
    [winner] = await ids(harness)
    assert {document.id for document in published} == {winner}
    assert await harness.documents_on_disk() == {winner}
    assert await harness.left_of(winner) == (2, 2)


async def test_a_replacement_makes_the_old_version_invisible(harness: Opened) -> None:
    old, new = draft("the old words"), draft("the new words")
    await harness.store.publish(old, None)
    assert await harness.store.publish(new, old.document.id) == new.document
    assert await harness.documents_on_disk() == {new.document.id}
    assert await harness.texts_found("old new words") == {"the new words"}
    assert await harness.reader.document(id=old.document.id) is None


async def test_an_unknown_document_cannot_be_replaced(harness: Opened) -> None:
    with pytest.raises(DocumentNotFound):
        await harness.store.publish(draft("new"), uuid4())
    assert await harness.documents_on_disk() == set()
    assert await harness.texts_found("new") == set()


async def test_a_replacement_with_known_bytes_changes_nothing(harness: Opened) -> None:
    old, other = await harness.publish("old"), await harness.publish("x", sha256="same")
    assert await harness.publish("y", replaces=old.id, sha256="same") == other
    assert await harness.documents_on_disk() == {old.id, other.id}


async def test_of_concurrent_replacements_one_succeeds(harness: Opened) -> None:
    old = await harness.publish("old")
    results = await asyncio.gather(
        *(harness.publish(f"new {n}", replaces=old.id) for n in range(8)), return_exceptions=True
    )
    [published] = [result for result in results if isinstance(result, Document)]
    assert [type(result) for result in results if result is not published] == [DocumentNotFound] * 7
    assert await harness.documents_on_disk() == {published.id}


async def test_a_document_is_removed_once_and_completely(harness: Opened) -> None:
    one, other = await harness.publish("one line\nand two"), await harness.publish("another")
    await harness.store.remove(one.id)
    assert await harness.reader.document(id=one.id) is None
    assert await harness.reader.chunks(one.id, -1, 10) == []
    assert await harness.texts_found("one line and two another") == {"another"}
    assert await harness.documents_on_disk() == {other.id}
    with pytest.raises(DocumentNotFound):
        await harness.store.remove(one.id)


async def test_removed_bytes_can_be_published_again(harness: Opened) -> None:
    first = await harness.publish("here and gone")
    await harness.store.remove(first.id)
    second = await harness.publish("here and gone")
    assert second.id != first.id
    assert await ids(harness) == {second.id}


async def test_documents_are_listed_newest_first_even_within_a_millisecond(harness: Opened) -> None:
    now = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    times = [now, now, now + timedelta(milliseconds=1), now - timedelta(days=9000)]
    drafts = [draft(f"{n}") for n in range(4)]
    published = [
        await harness.store.publish(replace(one, document=replace(one.document, created_at=time)), None)
        for one, time in zip(drafts, times, strict=True)
    ]
    expected = sorted(published, key=lambda document: (document.created_at, str(document.id)), reverse=True)
    assert await harness.reader.documents(10, None, None) == expected
    for n, document in enumerate(expected):
        after = Position(document.created_at, document.id)
        assert await harness.reader.documents(2, after, None) == expected[n + 1 : n + 3]


async def test_the_list_can_be_filtered_by_part_of_the_name_in_any_case(harness: Opened) -> None:
    names = ["Übersicht 2024.pdf", "100%_sure.txt", "notes.md", "a\\b.txt"]
    for name in names:
        await harness.publish(f"about {name}", name=name)

    async def named(part: str) -> set[str]:
        return {document.filename for document in await harness.reader.documents(10, None, part)}

    assert await named("ÜBERSICHT") == {names[0]}
    assert await named("%_") == {names[1]}
    assert await named(".*") == set()
    assert await named("a\\B") == {names[3]}
    assert await named("") == set(names)


async def test_a_document_may_have_no_chunks(harness: Opened) -> None:
    whole = draft("nothing to search")
    one = replace(whole, chunks=list[StoredChunk](), dense=whole.dense[:0], sparse=[])
    published = await harness.store.publish(replace(one, document=replace(one.document, chunks=0)), None)
    assert (await harness.reader.text(published.id)).text == "nothing to search"
    assert await harness.texts_found("nothing to search") == set()


async def test_a_large_document_is_published_completely(harness: Opened) -> None:
    large = draft("\n".join(f"line {n} of many" for n in range(300)))
    await harness.store.publish(large, None)
    assert await harness.left_of(large.document.id) == (300, 300)
    assert await harness.reader.chunks(large.document.id, -1, 500) == large.chunks
