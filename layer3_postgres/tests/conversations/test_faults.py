"""Turns and failures: a turn is stored whole or not at all, and its answer is returned."""

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
from tests.needs import as_superuser
from tests.servers.running import eventually


async def test_a_stopped_stream_is_not_stored(talker: Talker) -> None:
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


async def test_quotes_instead_of_a_failing_model_are_stored_with_their_notice(talker: Talker) -> None:
    id = (await talker.ask("Paris is the capital of France."))["conversation_id"]
    talker.model.behaviour = "error500"
    answer = await talker.ask("What is the capital of France?", conversation_id=id)
    stored = (await talker.messages(id))[3]
    assert (stored["content"], stored["answer"]["model"]) == ("“Paris is the capital of France.”", "extractive")
    assert stored["answer"]["notice"] == answer["notice"]
    assert answer["notice"].startswith("These are quotes, because ")


@asynccontextmanager
async def unreachable(database: str) -> AsyncIterator[None]:
    """All connections to the database are closed, and new ones refused."""
    name = sql.Identifier(urlsplit(database).path[1:])
    server = urlsplit(as_superuser(database))._replace(path="/postgres").geturl()
    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
        await connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        await connection.execute(kill, [urlsplit(database).path[1:]])
        yield
        await connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


async def test_an_answer_is_returned_although_the_database_is_unreachable(talker: Talker) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    async with talker.answering("How are you?", conversation_id=id) as asking, unreachable(talker.database):
        answer = await asking
    assert answer["response"] == "Paris is the capital of France."
    assert (answer["conversation_id"], answer["message_id"]) == (id, None)
    await talker.ask("And now?", conversation_id=id)
    assert (await talker.contents(id))[::2] == ["Hello", "And now?"]


async def test_a_new_conversation_that_cannot_be_stored_has_no_id(talker: Talker) -> None:
    await talker.ask("Hello")
    async with unreachable(talker.database):
        body = {"message": "How are you?"}
        streamed = await talker.http.post(f"{talker.url}/chat/stream", json=body)
    name, done = events(streamed.text)[-1]
    assert (name, done["response"]) == ("done", "Paris is the capital of France.")
    assert (done["conversation_id"], done["message_id"]) == (None, None)


async def test_a_follow_up_is_refused_while_the_database_is_unreachable(talker: Talker) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    async with unreachable(talker.database):
        assert await talker.refused(conversation_id=id) == (503, "store_unavailable")


async def test_a_conversation_that_was_deleted_meanwhile_is_not_restored(talker: Talker) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    async with talker.answering("How are you?", conversation_id=id) as asking:
        assert (await talker.http.delete(f"{talker.url}/conversations/{id}")).status_code == 204
        answer = await asking
    assert answer["response"] == "Paris is the capital of France."
    assert (answer["conversation_id"], answer["message_id"]) == (None, None)
    assert await talker.listed() == []


async def test_characters_that_the_database_refuses_are_replaced(talker: Talker) -> None:
    talker.model.words = ("a\x00b",)
    answer = await talker.ask("Hello")
    assert answer["message_id"]
    assert (await talker.contents(answer["conversation_id"]))[1] == "a\ufffdb"


async def test_a_turn_waits_for_the_deletion_of_a_document_that_it_cites(
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
    """Whether a connection to this database waits for a lock."""
    with psycopg.connect(database) as connection:
        query = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return connection.execute(query).rowcount > 0
