"""Sources are stored with their message, and resolved when it is read."""

from typing import Any

import pytest

from tests.conversations.conftest import Talker

BRIDGE = "The Svindersund bridge was opened in 1946. It is 420 metres long.\n"
FERRY = "The ferry Vega crossed the Svindersund twelve times a day before the bridge.\n"
QUESTION = "When was the Svindersund bridge opened?"


@pytest.fixture
async def cited(talker: Talker) -> tuple[str, dict[str, Any]]:
    """A conversation whose answer cites the bridge's document, and that document."""
    document = await talker.uploaded(BRIDGE, "bridge.txt")
    talker.model.words = ("It says “The Svindersund ", "bridge was opened in 1946.” [1]")
    answer = await talker.ask(QUESTION, use_rag=True)
    assert answer["grounded"]
    return answer["conversation_id"], document


async def test_sources_are_those_of_the_answer(talker: Talker, cited: tuple[str, dict[str, Any]]) -> None:
    id, document = cited
    again = await talker.ask(QUESTION, use_rag=True)
    [source] = (await talker.messages(id))[1]["sources"]
    assert source == again["sources"][0] | {"deleted": False}
    assert source["document_id"] == document["id"]
    assert await talker.holds(source)


async def test_a_deleted_document_is_not_quoted_any_more(talker: Talker, cited: tuple[str, dict[str, Any]]) -> None:
    id, document = cited
    [before] = (await talker.messages(id))[1]["sources"]
    assert await talker.delete(document["id"]) == 204
    answer = (await talker.messages(id))[1]
    [source] = answer["sources"]
    assert source == before | {"deleted": True, "chunk_id": None, "quote": None, "above": None}
    assert answer["content"] == "It says (This quoted a document that has been deleted.) [1]"
    assert "in 1946" not in (await talker.http.get(f"{talker.url}/conversations/{id}")).text


async def test_the_model_does_not_get_an_answer_that_cites_a_deleted_document(
    talker: Talker, cited: tuple[str, dict[str, Any]]
) -> None:
    id, document = cited
    await talker.delete(document["id"])
    await talker.ask("And how long is it?", conversation_id=id, use_rag=False)
    said = [message["content"] for message in talker.model.chats[-1]["messages"][1:]]
    assert said == [QUESTION, "(This answer cited a document that has been deleted.)", "And how long is it?"]


async def test_of_two_sources_the_remaining_one_is_still_quoted(talker: Talker) -> None:
    bridge = await talker.uploaded(BRIDGE, "bridge.txt")
    await talker.uploaded(FERRY, "ferry.txt")
    talker.model.words = (
        "The Svindersund bridge was opened in 1946 [1]. ",
        "Before, the ferry Vega crossed the Svindersund twelve times a day [2].",
    )
    id = (await talker.ask(f"{QUESTION} Which ferry crossed the Svindersund?", use_rag=True))["conversation_id"]
    await talker.delete(bridge["id"])
    sources = (await talker.messages(id))[1]["sources"]
    assert {source["filename"]: source["deleted"] for source in sources} == {"bridge.txt": True, "ferry.txt": False}
    [there] = [source for source in sources if not source["deleted"]]
    assert await talker.holds(there)


async def test_a_new_version_of_a_document_deletes_the_quotes_of_the_old_one(
    talker: Talker, cited: tuple[str, dict[str, Any]]
) -> None:
    id, document = cited
    await talker.uploaded(BRIDGE + "It is painted red.\n", "bridge.txt", replaces=document["id"])
    [source] = (await talker.messages(id))[1]["sources"]
    assert source["deleted"]


async def test_a_follow_up_is_searched_with_its_subject(talker: Talker, cited: tuple[str, dict[str, Any]]) -> None:
    id, _ = cited
    await talker.ask("And how long is it?", conversation_id=id, use_rag=True)
    asked = talker.model.chats[-1]["messages"][-1]["content"]
    assert "(It means: " in asked
    assert "Svindersund" in asked.partition("(It means: ")[2]
