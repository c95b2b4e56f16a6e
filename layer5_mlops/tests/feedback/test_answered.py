"""Every answer leaves a row: with its route, its tokens and its cost, and with its arm of an A/B test."""

from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest
from mcp import Client

from api.services.ab_tests.arm import Arm, current_arm
from api.services.answered.answered import Answered
from api.services.answered.chat import AnsweredChat
from api.services.chat.turn import Answer, ChatEvent, DoneEvent, Turn, Usage, answer_of
from api.services.documents.store import StoreUnavailable
from tests.feedback.conftest import Rater
from tests.needs import as_owner

REFUSING = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER refusing BEFORE INSERT ON answered FOR EACH ROW EXECUTE FUNCTION refuse()
"""
QUESTION = [{"role": "user", "content": "Paris is the capital of France. What is the capital of France?"}]


async def test_a_stored_answer_has_the_id_of_its_message(rater: Rater) -> None:
    answer = await rater.ask(use_rag=True)
    [row] = await rater.rows()
    assert (str(row["id"]), str(row["conversation_id"])) == (answer["message_id"], answer["conversation_id"])
    assert (row["route"], row["request_id"]) == ("/chat", answer["request_id"])
    assert (row["provider"], row["model"]) == ("extractive", "extractive")
    assert row["prompt_tokens"] + row["completion_tokens"] == answer["usage"]["total_tokens"]
    assert (row["cost"], answer["usage"]["cost"]) == (0, 0)
    assert (row["grounded"], row["refusal"]) == (False, "no_documents")


async def test_the_claims_of_an_answer_are_counted(rater: Rater) -> None:
    await rater.uploaded("The dome is closed from 1 to 14 March.", "dome.txt")
    answer = await rater.ask("When is the dome closed?", use_rag=True)
    [row] = await rater.rows()
    supported = [claim for claim in answer["claims"] if claim["support"] == "supported"]
    assert (row["grounded"], row["supported"], row["unsupported"]) == (True, len(supported), 0)
    assert supported


async def test_each_way_to_ask_leaves_a_row_with_its_route(rater: Rater) -> None:
    await rater.ask(store=False)
    await rater.ask(use_rag=False, store=False)
    await rater.http.post(f"{rater.url}/chat/stream", json={"message": "When?"})
    for model in ("extractive", "extractive:no-documents"):
        await rater.post("/v1/chat/completions", model=model, messages=QUESTION)
    body = {"messages": QUESTION, "stream": True}
    await rater.http.post(f"{rater.url}/v1/chat/completions", json=body)
    async with Client(f"{rater.url}/mcp") as client:
        await client.call_tool("ask", {"question": "When?"})
    routes = [row["route"] for row in await rater.rows()]
    assert routes == ["/chat", "/chat", "/chat/stream", *["/v1/chat/completions"] * 3, "/mcp"]


async def test_a_refused_request_leaves_none(rater: Rater) -> None:
    assert (await rater.http.post(f"{rater.url}/chat", json={"message": "x", "model": "absent"})).status_code == 404
    assert await rater.rows() == []


async def test_a_row_that_cannot_be_written_soon_keeps_no_answer_waiting(
    rater: Rater, caplog: pytest.LogCaptureFixture
) -> None:
    async with await psycopg.AsyncConnection.connect(rater.database) as connection:
        await connection.execute("LOCK TABLE answered")
        answer = await rater.ask(store=False)
    assert answer["response"]
    assert "could not be written" in caplog.text
    assert await rater.rows() == []


async def test_a_turn_is_stored_with_its_row_or_not_at_all(rater: Rater) -> None:
    kept = await rater.ask()
    async with await psycopg.AsyncConnection.connect(as_owner(rater.database), autocommit=True) as connection:
        await connection.execute(REFUSING)
        lost = await rater.ask(conversation_id=kept["conversation_id"])
        await connection.execute("DROP TRIGGER refusing ON answered")
    assert lost["response"] == kept["response"]
    assert lost["message_id"] is None
    messages = (await rater.get(f"/conversations/{kept['conversation_id']}"))["messages"]
    assert [message["id"] for message in messages][1:] == [kept["message_id"]]


class OneAnswer:
    """Answers one thing, and is stored nowhere."""

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        usage = Usage(-5, 2**40, estimated=False)
        yield DoneEvent(Answer("Yes.", "m\x00\ud800", "p", usage, latency_ms=1.5, request_id=turn.request_id))


class Kept:
    def __init__(self, error: Exception | None = None) -> None:
        self.rows: list[Answered] = []
        self.error = error

    async def add(self, answered: Answered) -> None:
        if self.error:
            raise self.error
        self.rows.append(answered)


async def test_the_arm_of_an_experiment_is_kept_with_the_answer() -> None:
    log, arm = Kept(), Arm(uuid4(), "B")
    token = current_arm.set(arm)
    await answer_of(AnsweredChat(OneAnswer(), log).stream(Turn("Is it?")))
    current_arm.reset(token)
    [row] = log.rows
    assert (row.experiment, row.arm) == (arm.experiment, "B")


async def test_what_a_server_counts_fits_into_the_row() -> None:
    log = Kept()
    await answer_of(AnsweredChat(OneAnswer(), log).stream(Turn("Is it?")))
    [row] = log.rows
    assert (row.prompt_tokens, row.completion_tokens, row.model) == (0, 2**31 - 1, "m\ufffd\ufffd")


@pytest.mark.parametrize("error", [StoreUnavailable(), TimeoutError()])
async def test_a_failure_to_write_never_loses_the_answer(error: Exception) -> None:
    answer = await answer_of(AnsweredChat(OneAnswer(), Kept(error)).stream(Turn("Is it?")))
    assert answer.response == "Yes."


async def test_the_cost_is_in_every_shape_of_an_answer(
    serve: Callable[..., str], ollama: Any, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    answer = (await http.post(f"{url}/chat", json={"message": "Hello", "use_rag": False})).json()
    stored = (await http.get(f"{url}/conversations/{answer['conversation_id']}")).json()["messages"][1]
    done = (await http.post(f"{url}/chat/stream", json={"message": "Hello", "use_rag": False})).text
    completion = (await http.post(f"{url}/v1/chat/completions", json={"messages": QUESTION})).json()
    assert [answer["usage"]["cost"], stored["answer"]["usage"]["cost"], completion["usage"]["cost"]] == [0, 0, 0]
    assert '"cost":0.0' in done.partition("event: done")[2]
