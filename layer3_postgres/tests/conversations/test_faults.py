"""What happens to a turn when something goes wrong: it is kept whole, or not at all, and its answer is given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import anyio
import psycopg
import pytest
from psycopg import sql

from tests.chat.test_stream import events
from tests.conversations.conftest import Talker
from tests.servers.running import eventually


async def test_a_stream_that_is_stopped_is_not_kept(talker: Talker) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    talker.model.behaviour = "endless"
    body = {"message": "Tell me everything", "conversation_id": id}
    async with talker.http.stream("POST", f"{talker.url}/chat/stream", json=body) as answer:
        await anext(answer.aiter_text())
    await anyio.to_thread.run_sync(eventually, lambda: talker.model.left == 1)
    assert len(await talker.messages(id)) == 2
    talker.model.behaviour = "normal"
    await talker.ask("Hello again", conversation_id=id)
    assert (await talker.contents(id))[2] == "Hello again"


@pytest.mark.parametrize("behaviour", ["half", "error500"])
async def test_a_failing_model_leaves_no_trace(talker: Talker, behaviour: str) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    talker.model.behaviour = behaviour
    assert await talker.refused(conversation_id=id) == (503, "model_unavailable")
    assert await talker.refused() == (503, "model_unavailable")
    assert await talker.listed() == [id]
    assert len(await talker.messages(id)) == 2


@asynccontextmanager
async def gone(database: str) -> AsyncIterator[None]:
    """Nobody can connect to the database, and who was connected is not."""
    name = sql.Identifier(urlsplit(database).path[1:])
    server = urlsplit(database)._replace(path="/postgres").geturl()
    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
        await connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        await connection.execute(kill, [urlsplit(database).path[1:]])
        yield
        await connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


async def test_an_answer_is_given_though_the_database_went_away(talker: Talker) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    async with talker.answering("How are you?", conversation_id=id) as asking, gone(talker.database):
        answer = await asking
    assert answer["response"] == "Paris is the capital of France."
    assert (answer["conversation_id"], answer["message_id"]) == (id, None)
    await talker.ask("And now?", conversation_id=id)
    assert (await talker.contents(id))[::2] == ["Hello", "And now?"]


async def test_a_new_conversation_that_cannot_begin_has_no_id(talker: Talker) -> None:
    await talker.ask("Hello")
    async with gone(talker.database):
        body = {"message": "How are you?"}
        streamed = await talker.http.post(f"{talker.url}/chat/stream", json=body)
    name, done = events(streamed.text)[-1]
    assert (name, done["response"]) == ("done", "Paris is the capital of France.")
    assert (done["conversation_id"], done["message_id"]) == (None, None)


async def test_a_follow_up_waits_for_no_database_for_ever(talker: Talker) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    async with gone(talker.database):
        assert await talker.refused(conversation_id=id) == (503, "store_unavailable")


async def test_a_conversation_deleted_meanwhile_is_not_brought_back(talker: Talker) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    async with talker.answering("How are you?", conversation_id=id) as asking:
        assert (await talker.http.delete(f"{talker.url}/conversations/{id}")).status_code == 204
        answer = await asking
    assert answer["response"] == "Paris is the capital of France."
    assert (answer["conversation_id"], answer["message_id"]) == (None, None)
    assert await talker.listed() == []


async def test_what_no_database_can_hold_is_kept_as_far_as_it_can_be(talker: Talker) -> None:
    talker.model.words = ("a\x00b",)
    answer = await talker.ask("Hello")
    assert answer["message_id"]
    assert (await talker.contents(answer["conversation_id"]))[1] == "a\ufffdb"


async def test_a_document_that_is_being_deleted_and_a_turn_that_cites_it(
    talker: Talker, connection: psycopg.AsyncConnection[Any]
) -> None:
    document = await talker.uploaded("The Svindersund bridge was opened in 1946.\n")
    talker.model.words = ("In 1946 [1].",)
    async with connection.transaction():
        await connection.execute("DELETE FROM documents WHERE id = %s", [document["id"]])
        asking = asyncio.create_task(talker.ask("When was the Svindersund bridge opened?", use_rag=True))
        await anyio.to_thread.run_sync(eventually, lambda: waits(talker.database))
    answer = await asking
    [source] = (await talker.messages(answer["conversation_id"]))[1]["sources"]
    assert (source["document_id"], source["deleted"], source["quote"]) == (document["id"], True, None)


def waits(database: str) -> bool:
    """Whether somebody in this database waits for somebody else."""
    with psycopg.connect(database) as connection:
        query = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return connection.execute(query).rowcount > 0
