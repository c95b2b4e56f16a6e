"""The three writes of a store, with the documents before and after each of them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from api.services.documents.store import NewDocument
from api.services.parsing.errors import DocumentNotFound
from tests.stores.drafts import draft
from tests.stores.opened import Opened, opened

OLD = draft("the old tide table\nhigh water at six", id=UUID(int=1), name="tides.txt")
NEW = draft("the new tide table\nhigh water at seven\nlow water at one", id=UUID(int=2), name="tides.txt")
BYSTANDER = draft("a table of other things\nnothing about water", id=UUID(int=3), name="other.txt")


async def publish(harness: Opened, new: NewDocument) -> None:
    await harness.store.publish(new, None)


async def replace(harness: Opened, new: NewDocument) -> None:
    await harness.store.publish(new, OLD.document.id)


async def remove(harness: Opened, new: NewDocument) -> None:
    await harness.store.remove(OLD.document.id)


WRITES: Mapping[str, Callable[[Opened, NewDocument], Awaitable[None]]] = {
    "publish": publish,
    "replace": replace,
    "remove": remove,
}
BEFORE = {"publish": [], "replace": [OLD], "remove": [OLD]}
AFTER = {"publish": [NEW], "replace": [NEW], "remove": []}


async def prepare(where: Mapping[str, Any], write: str) -> None:
    """Store the documents that the write starts with, and no others."""
    async with opened(where) as harness:
        for document in await harness.reader.documents(200, None, None):
            await harness.store.remove(document.id)
        for one in [BYSTANDER, *BEFORE[write]]:
            await harness.store.publish(one, None)


async def seen(harness: Opened) -> list[NewDocument]:
    """The visible drafts, which are complete; no part of the others is found or can be read."""
    visible = [one for one in (OLD, NEW) if await harness.reader.document(id=one.document.id) is not None]
    for one in (OLD, NEW):
        for mode in ("hybrid", "dense", "sparse"):
            hits = await harness.found("the tide table high low water", top_k=50, mode=mode)
            found = {hit.chunk_id for hit in hits if hit.document_id == one.document.id}
            assert found == ({chunk.id for chunk in one.chunks} if one in visible else set())
    for one in visible:
        assert (await harness.reader.text(one.document.id)).text == one.text
        assert await harness.reader.chunks(one.document.id, -1, 50) == one.chunks
    return visible


async def nothing_else_is_left(harness: Opened, visible: list[NewDocument]) -> None:
    """Only the bystander and the visible drafts are stored."""
    for one in (OLD, NEW):
        expected = (len(one.chunks), len(one.chunks)) if one in visible else (-1, 0)
        assert await harness.left_of(one.document.id) == expected
    assert await harness.left_of(BYSTANDER.document.id) == (2, 2)


async def can_be_done_again(where: Mapping[str, Any], write: str) -> bool:
    """Whether the write succeeds when it is repeated without a fault. The same bytes have a new id then."""
    async with opened(where) as harness:
        try:
            await WRITES[write](harness, draft(NEW.text, name="tides.txt"))
        except DocumentNotFound:
            assert write in ("replace", "remove")  # the first attempt had succeeded
        documents = await harness.reader.documents(50, None, None)
        expected = [BYSTANDER, *AFTER[write]]
        whole = [await harness.left_of(document.id) == (document.chunks, document.chunks) for document in documents]
        return all(whole) and {document.sha256 for document in documents} == {one.document.sha256 for one in expected}
