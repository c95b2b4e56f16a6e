"""Budgets of tokens: reserved before a model writes, settled with its count, however the answer ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from tests.limits.conftest import Service
from tests.servers.scripted import ScriptedModel

Serve = Callable[..., Awaitable[Service]]
ASK = {"message": "What is 2 + 2?", "max_tokens": 100}
COMPLETION = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 100}


async def budget(client: httpx2.AsyncClient) -> dict[str, Any]:
    return dict((await client.get("/limits")).json()["tokens_a_day"])


async def settled(client: httpx2.AsyncClient) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while (found := await budget(client))["reserved"]:  # noqa: ASYNC110 - the service says it on request only
            await asyncio.sleep(0.02)
    return found


async def test_an_answer_costs_what_the_model_counted(service: Serve, scripted: ScriptedModel) -> None:
    client = await (await service(**scripted.settings)).tenant(tokens=1_000)
    scripted.says("It is four.")

    answer = await client.post("/chat", json=ASK)

    assert answer.status_code == 200, answer.text
    assert await budget(client) == {"limit": 1_000, "used": 24, "reserved": 0}
    assert '"tokens-a-day";q=1000;w=86400' in answer.headers["ratelimit-policy"]


async def test_while_a_model_writes_the_longest_answer_is_reserved(service: Serve, scripted: ScriptedModel) -> None:
    client = await (await service(**scripted.settings)).tenant(tokens=1_000)
    scripted.says("It is four.", held="first")
    asked = asyncio.create_task(client.post("/chat", json=ASK))
    await asyncio.to_thread(scripted.asked, 1)

    reserved = (await budget(client))["reserved"]

    assert 100 < reserved < 250, "the prompt and 100 tokens of an answer"
    scripted.release()
    assert (await asked).status_code == 200
    assert (await budget(client))["reserved"] == 0


@pytest.mark.parametrize("path", ["/chat/stream", "/v1/chat/completions"])
async def test_a_stream_whose_client_leaves_costs_what_was_written(
    service: Serve, scripted: ScriptedModel, path: str
) -> None:
    client = await (await service(**scripted.settings)).tenant(tokens=1_000)
    scripted.says("One two three four five six", held="rest")
    body = ASK if path == "/chat/stream" else COMPLETION | {"stream": True}
    async with client.stream("POST", path, json=body) as answer:
        assert answer.status_code == 200
        await anext(answer.aiter_raw())

    found = await settled(client)

    assert 10 < found["used"] < 100


async def test_a_model_that_fails_costs_nothing(service: Serve, scripted: ScriptedModel) -> None:
    client = await (await service(**scripted.settings)).tenant(tokens=1_000)
    scripted.fails(500)

    await client.post("/chat", json=ASK)

    assert await settled(client) == {"limit": 1_000, "used": 0, "reserved": 0}


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_a_used_up_budget_is_a_problem_until_the_next_day(
    service: Serve, scripted: ScriptedModel, path: str
) -> None:
    client = await (await service(**scripted.settings)).tenant(tokens=50)

    answer = await client.post(path, json=ASK)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (429, "quota_exceeded")
    assert "50 tokens a day" in problem["detail"]
    assert 1 <= int(answer.headers["retry-after"]) <= 86_400
    assert answer.headers["ratelimit"].startswith('"tokens-a-day";r=50;t=')
    assert scripted.bodies == []


@pytest.mark.parametrize("stream", [False, True])
async def test_below_v1_a_used_up_budget_is_insufficient_quota(
    service: Serve, scripted: ScriptedModel, stream: bool
) -> None:
    client = await (await service(**scripted.settings)).tenant(tokens=50)

    answer = await client.post("/v1/chat/completions", json=COMPLETION | {"stream": stream})

    error = answer.json()["error"]
    assert answer.status_code == 429
    assert (error["type"], error["code"]) == ("insufficient_quota", "insufficient_quota")


async def test_quotes_cost_nothing(service: Serve) -> None:
    client = await (await service(llm_provider="extractive")).tenant(tokens=0)

    answer = await client.post("/chat", json=ASK)

    assert answer.status_code == 200
    assert await budget(client) == {"limit": 0, "used": 0, "reserved": 0}


async def test_of_many_questions_at_once_no_more_are_asked_than_the_budget_allows(
    service: Serve, scripted: ScriptedModel
) -> None:
    client = await (await service(**scripted.settings)).tenant(tokens=600)
    scripted.says("It is four.", held="first")

    asked = [asyncio.create_task(client.post("/chat", json=ASK)) for _ in range(20)]
    async with asyncio.timeout(20):
        while sum(task.done() for task in asked) + len(scripted.bodies) < 20:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.02)
    reserved = (await budget(client))["reserved"]
    scripted.release()
    answers = await asyncio.gather(*asked)

    allowed = sum(answer.status_code == 200 for answer in answers)
    assert 2 <= allowed == len(scripted.bodies) <= 5
    assert reserved <= 600
    assert await budget(client) == {"limit": 600, "used": 24 * allowed, "reserved": 0}


async def test_tokens_of_a_minute_are_given_back_when_they_were_not_needed(
    service: Serve, scripted: ScriptedModel
) -> None:
    client = await (await service(**scripted.settings, tokens_a_minute=300)).tenant()
    scripted.says("It is four.")

    answers = [await client.post("/chat", json=ASK) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 4, "each costs 24, and reserves more than 100"
