"""The three writes of a store, what has to be there before them, and what may be there after them."""

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


async def publish(it: Opened, new: NewDocument) -> None:
    await it.store.publish(new, None)


async def replace(it: Opened, new: NewDocument) -> None:
    await it.store.publish(new, OLD.document.id)


async def remove(it: Opened, new: NewDocument) -> None:
    await it.store.remove(OLD.document.id)


WRITES: Mapping[str, Callable[[Opened, NewDocument], Awaitable[None]]] = {
    "publish": publish,
    "replace": replace,
    "remove": remove,
}
BEFORE = {"publish": [], "replace": [OLD], "remove": [OLD]}
AFTER = {"publish": [NEW], "replace": [NEW], "remove": []}


async def prepare(where: Mapping[str, Any], write: str) -> None:
    """What the write starts from, and nothing else."""
    async with opened(where) as it:
        for document in await it.reader.documents(200, None, None):
            await it.store.remove(document.id)
        for one in [BYSTANDER, *BEFORE[write]]:
            await it.store.publish(one, None)


async def seen(it: Opened) -> list[NewDocument]:
    """The drafts that are visible now, which are whole; of the others nothing is found or can be read."""
    visible = [one for one in (OLD, NEW) if await it.reader.document(id=one.document.id) is not None]
    for one in (OLD, NEW):
        for mode in ("hybrid", "dense", "sparse"):
            hits = await it.found("the tide table high low water", top_k=50, mode=mode)
            found = {hit.chunk_id for hit in hits if hit.document_id == one.document.id}
            assert found == ({chunk.id for chunk in one.chunks} if one in visible else set())
    for one in visible:
        assert (await it.reader.text(one.document.id)).text == one.text
        assert await it.reader.chunks(one.document.id, -1, 50) == one.chunks
    return visible


async def nothing_else_is_left(it: Opened, visible: list[NewDocument]) -> None:
    """On the disks there is the bystander, and of the others what is visible."""
    for one in (OLD, NEW):
        expected = (len(one.chunks), len(one.chunks)) if one in visible else (-1, 0)
        assert await it.left_of(one.document.id) == expected
    assert await it.left_of(BYSTANDER.document.id) == (2, 2)


async def can_be_done_again(where: Mapping[str, Any], write: str) -> bool:
    """Whether the write, done once more without a fault, ends as it should. The same bytes have a new id then."""
    async with opened(where) as it:
        try:
            await WRITES[write](it, draft(NEW.text, name="tides.txt"))
        except DocumentNotFound:
            assert write in ("replace", "remove")  # it had been done
        documents = await it.reader.documents(50, None, None)
        expected = [BYSTANDER, *AFTER[write]]
        whole = [await it.left_of(document.id) == (document.chunks, document.chunks) for document in documents]
        return all(whole) and {document.sha256 for document in documents} == {one.document.sha256 for one in expected}
