"""A stored answer is read as /chat gave it: its claims, its notice, how it ended."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from api.adapters.postgres.conversations.turn_log import PostgresTurnLog
from api.adapters.postgres.database import Database
from api.schemas.chat import ChatResponse
from api.services.chat.turn import Answer, ChatEvent, Claim, DoneEvent, Evidence, Source, Turn, Usage, answer_of
from api.services.conversations.chat import ConversationChat
from tests.conversations.conftest import Talker

BRIDGE = "🌉 The Svindersund bridge was opened in 1946. It is 420 metres long.\n"
FERRY = "The ferry Vega crossed the Svindersund twelve times a day.\n"
RESPONSE = "Some facts 🌉: “The Svindersund bridge was opened in 1946.” [1] A ferry crossed it before [2]. It was red."


class Answering:
    """The port `Chat`, with one answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        yield DoneEvent(self.answer)


@pytest.fixture
async def documents(talker: Talker) -> list[dict[str, Any]]:
    """The documents of the two sources."""
    return [await talker.uploaded(BRIDGE, "bridge.txt"), await talker.uploaded(FERRY, "ferry.txt")]


@pytest.fixture
async def answer(talker: Talker, documents: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer as /chat gives it: a quote, a supported sentence, and one that no source supports."""
    bridge = await source(talker, documents[0], 1, "The Svindersund bridge was opened in 1946.")
    ferry = await source(talker, documents[1], 2, "The ferry Vega crossed the Svindersund")
    claims = (
        claim("“The Svindersund bridge was opened in 1946.”", "supported", bridge),
        claim("A ferry crossed it before [2].", "supported", ferry),
        claim("It was red.", "unsupported"),
    )
    return await stored(
        talker,
        Answer(
            response=RESPONSE,
            model="m",
            provider="p",
            usage=Usage(1, 2, estimated=False),
            latency_ms=3.0,
            request_id="r",
            finish_reason="length",
            notice="The model was slow.",
            claims=claims,
            sources=(bridge, ferry),
            revised=True,
        ),
    )


async def test_it_is_read_as_it_was_answered(talker: Talker, answer: dict[str, Any]) -> None:
    kept = (await talker.messages(answer["conversation_id"]))[1]
    assert kept["answer"] == {name: answer[name] for name in kept["answer"]}
    missing = set(answer) - set(kept["answer"])
    assert missing == {"response", "sources", "conversation_id", "message_id"}


async def test_claims_do_not_quote_a_deleted_document(
    talker: Talker, answer: dict[str, Any], documents: list[dict[str, Any]]
) -> None:
    await talker.delete(documents[1]["id"])
    kept = (await talker.messages(answer["conversation_id"]))[1]
    quoted, ferry, red = kept["answer"]["claims"]
    assert [quoted, red] == [answer["claims"][0], answer["claims"][2]]
    assert ferry["evidence"] == [answer["claims"][1]["evidence"][0] | {"quote": None}]
    assert "Vega" not in str(kept)


async def test_offsets_are_those_in_the_text_without_the_quotes_of_deleted_documents(
    talker: Talker, answer: dict[str, Any], documents: list[dict[str, Any]]
) -> None:
    await talker.delete(documents[0]["id"])
    kept = (await talker.messages(answer["conversation_id"]))[1]
    texts = [kept["content"][claim["start"] : claim["end"]] for claim in kept["answer"]["claims"]]
    assert texts == ["A ferry crossed it before [2].", "It was red."]


async def test_quotes_are_not_stored_with_the_message(
    answer: dict[str, Any], connection: psycopg.AsyncConnection[Any]
) -> None:
    rows = await connection.execute("SELECT answer::text FROM messages WHERE id = %s", [answer["message_id"]])
    [(metadata,)] = await rows.fetchall()
    assert "unsupported" in metadata
    assert "Svindersund" not in metadata


async def test_an_answer_that_was_stored_by_an_earlier_version_has_no_claims(
    talker: Talker, answer: dict[str, Any], connection: psycopg.AsyncConnection[Any]
) -> None:
    fields = ["claims", "notice", "revised", "finish_reason", "check_ms"]
    await connection.execute(
        "UPDATE messages SET answer = (answer::jsonb - %s::text[])::json WHERE id = %s",
        [
            fields,
            answer["message_id"],
        ],
    )
    kept = (await talker.messages(answer["conversation_id"]))[1]["answer"]
    assert [kept[name] for name in fields] == [[], None, False, "stop", None]


async def stored(talker: Talker, answer: Answer) -> dict[str, Any]:
    """Store an answer in a conversation; the response of /chat."""
    async with Database(talker.database, connections=1, seconds=10, write_seconds=10) as database:
        chat = ConversationChat(Answering(answer), PostgresTurnLog(database))
        done = await answer_of(chat.stream(Turn("When was it opened?", store=True)))
    return ChatResponse.model_validate(done).model_dump(mode="json")


async def source(talker: Talker, document: dict[str, Any], marker: int, quote: str) -> Source:
    text = (await talker.get(f"/documents/{document['id']}/text"))["text"]
    [chunk] = (await talker.get(f"/documents/{document['id']}/chunks"))["chunks"]
    start = text.index(quote)
    ids = UUID(document["id"]), document["filename"], UUID(chunk["id"])
    return Source(marker, *ids, page=None, start=start, end=start + len(quote), quote=quote, score=0.5)


def claim(text: str, support: Any, *sources: Source) -> Claim:
    """A claim of RESPONSE, supported by the whole quotes of these sources."""
    start = RESPONSE.index(text)
    evidence = tuple(Evidence(one.marker, one.start, one.end, one.quote) for one in sources)
    return Claim(start, start + len(text), support, evidence)
