"""Documents are deleted while answers are drawn from them: no answer that is kept cites what is not there."""

import asyncio
from typing import Any

from tests.library import Reader

QUESTION = "Which colour has the lamp of the lighthouse?"


async def test_a_source_that_is_kept_is_there_or_says_that_it_was_deleted(reader: Reader) -> None:
    deleted: set[str] = set()
    conversations: list[str] = []

    async def come_and_go(group: str) -> None:
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

    await asyncio.gather(come_and_go("north"), come_and_go("south"))
    sources = [source for id in conversations for source in await kept_sources(reader, id)]
    assert sources, "answers were drawn from the documents"
    for source in sources:
        assert source["document_id"] in deleted
        assert (source["deleted"], source["quote"], source["chunk_id"]) == (True, None, None)


async def test_sources_of_documents_that_stay_are_quoted_while_others_go(reader: Reader) -> None:
    stays = await reader.uploaded("The colour of the lamp of the lighthouse east is blue.", metadata={"group": "east"})

    async def ask() -> list[Any]:
        answer = await reader.post("/chat", message=QUESTION, filters={"group": "east"}, use_rag=True)
        return await kept_sources(reader, answer["conversation_id"])

    async def come_and_go() -> None:
        for number in range(5):
            document = await reader.uploaded(f"The lamp number {number} is green.", metadata={"group": "east"})
            assert await reader.delete(document["id"]) == 204

    _, *kept = await asyncio.gather(come_and_go(), *(ask() for _ in range(6)))
    for source in (source for sources in kept for source in sources):
        if source["document_id"] == stays["id"]:
            assert await reader.holds(source)
        else:
            assert source["deleted"] is (source["quote"] is None)


async def kept_sources(reader: Reader, conversation_id: str) -> list[Any]:
    messages = (await reader.get(f"/conversations/{conversation_id}"))["messages"]
    return [source for message in messages for source in message["sources"]]
