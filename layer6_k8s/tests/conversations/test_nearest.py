"""The passages under a refusal are stored by their offsets, and read with their documents."""

from typing import Any

import psycopg
import pytest

from tests.conversations.conftest import Talker

BRIDGE = "The Svindersund bridge was opened in 1946. It is 420 metres long.\n"
FERRY = "The ferry Vega crossed the Svindersund twelve times a day before the bridge.\n"
QUESTION = "What was said of the Svindersund bridge before the ferry crossed?"


@pytest.fixture
async def documents(talker: Talker) -> dict[str, str]:
    """The ids of two documents by the names of their files."""
    texts = {"bridge.txt": BRIDGE, "ferry.txt": FERRY}
    return {name: (await talker.uploaded(text, name))["id"] for name, text in texts.items()}


@pytest.fixture
async def refused(talker: Talker, documents: dict[str, str]) -> dict[str, Any]:
    """A refusal that shows both documents, as /chat gives it."""
    talker.model.words = ("The documents do not say [1].",)
    only = list(documents.values())
    answer = await talker.ask(QUESTION, use_rag=True, document_ids=only)
    assert {passage["document_id"] for passage in answer["nearest"]} == set(only)
    return answer


async def kept(talker: Talker, refused: dict[str, Any]) -> dict[str, Any]:
    """The answer's fields as the conversation has them."""
    return dict((await talker.messages(refused["conversation_id"]))[1]["answer"])


async def test_they_are_read_as_they_were_answered(talker: Talker, refused: dict[str, Any]) -> None:
    assert (await kept(talker, refused))["nearest"] == refused["nearest"]


async def test_a_deleted_document_is_not_shown_under_a_refusal_any_more(
    talker: Talker, refused: dict[str, Any], documents: dict[str, str]
) -> None:
    await talker.delete(documents["ferry.txt"])
    left = [passage for passage in refused["nearest"] if passage["filename"] == "bridge.txt"]
    assert (await kept(talker, refused))["nearest"] == left
    await talker.delete(documents["bridge.txt"])
    assert (await kept(talker, refused))["nearest"] == []


async def test_the_text_of_a_passage_is_not_stored_with_the_message(
    refused: dict[str, Any], connection: psycopg.AsyncConnection[Any]
) -> None:
    assert "Svindersund" in refused["notice"]
    rows = await connection.execute("SELECT answer::text FROM messages WHERE id = %s", [refused["message_id"]])
    [(metadata,)] = await rows.fetchall()
    assert "The nearest passage is in" in metadata
    assert "Svindersund" not in metadata


async def test_a_refusal_that_was_stored_by_an_earlier_version_has_no_passages(
    talker: Talker, refused: dict[str, Any], connection: psycopg.AsyncConnection[Any]
) -> None:
    older = "UPDATE messages SET answer = (answer::jsonb - 'nearest' || %s::jsonb)::json WHERE id = %s"
    notice = '{"notice": "The nearest passage is in bridge.txt: “It is 420 metres long.”"}'
    await connection.execute(older, [notice, refused["message_id"]])
    answer = await kept(talker, refused)
    assert (answer["nearest"], answer["notice"]) == ([], "The nearest passage is in bridge.txt.")
