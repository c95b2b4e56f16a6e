"""Documents are deleted while answers are made from them: no stored answer cites a document that is not there."""

import asyncio
from typing import Any

from tests.library import Reader

QUESTION = "Which colour has the lamp of the lighthouse?"


async def test_a_stored_source_exists_or_is_marked_as_deleted(reader: Reader) -> None:
    deleted: set[str] = set()
    conversations: list[str] = []

    async def upload_and_delete(group: str) -> None:
        for number in range(5):
            text = f"The colour of the lamp of the lighthouse {group} {number} is red."
            document = await reader.uploaded(text, metadata={"group": group})
            asking = [asyncio.ensure_future(ask(group)) for _ in range(3)]
            await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
            assert await reader.delete(document["id"]) == 204
            deleted.add(document["id"])
            await asyncio.gather(*asking)

    async def ask(group: str) -> None:
        before = set(deleted)
        answer = await reader.post("/chat", message=QUESTION, filters={"group": group}, use_rag=True)
        assert not before & {source["document_id"] for source in answer["sources"]}
        conversations.append(answer["conversation_id"])

    await asyncio.gather(upload_and_delete("north"), upload_and_delete("south"))
    sources = [source for id in conversations for source in await stored_sources(reader, id)]
    assert sources, "answers were drawn from the documents"
    for source in sources:
        assert source["document_id"] in deleted
        assert (source["deleted"], source["quote"], source["chunk_id"]) == (True, None, None)


async def test_remaining_documents_are_quoted_while_others_are_deleted(reader: Reader) -> None:
    stays = await reader.uploaded("The colour of the lamp of the lighthouse east is blue.", metadata={"group": "east"})

    async def ask() -> list[Any]:
        answer = await reader.post("/chat", message=QUESTION, filters={"group": "east"}, use_rag=True)
        return await stored_sources(reader, answer["conversation_id"])

    async def upload_and_delete() -> None:
        for number in range(5):
            document = await reader.uploaded(f"The lamp number {number} is green.", metadata={"group": "east"})
            assert await reader.delete(document["id"]) == 204

    _, *kept = await asyncio.gather(upload_and_delete(), *(ask() for _ in range(6)))
    for source in (source for sources in kept for source in sources):
        if source["document_id"] == stays["id"]:
            assert await reader.holds(source)
        else:
            assert source["deleted"] is (source["quote"] is None)


async def stored_sources(reader: Reader, conversation_id: str) -> list[Any]:
    messages = (await reader.get(f"/conversations/{conversation_id}"))["messages"]
    return [source for message in messages for source in message["sources"]]
