"""Several requests for one model: a few at the same time, the others in a queue, and a wait opens no breaker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import pytest

from api.adapters.llm import breaker, slots
from tests.chat.test_quoting import QUESTION, QUOTE
from tests.servers.running import eventually
from tests.servers.scripted import ScriptedModel

SHORT = 0.3  # seconds
PATIENT = 3.0
"""Half of it is for the list of models, which a busy computer must be able to serve in that time."""
LONG = 20.0


@asynccontextmanager
async def writing(http: httpx2.AsyncClient, url: str) -> AsyncIterator[httpx2.Response]:
    """A stream whose first token has arrived and whose others are held."""
    async with http.stream("POST", f"{url}/chat/stream", json={"message": "Hold"}) as response:
        assert response.status_code == 200
        pieces = response.aiter_text()  # kept: the response would be closed with it
        await anext(pieces)
        yield response
        del pieces


async def ask(http: httpx2.AsyncClient, url: str) -> dict[str, Any]:
    response = await http.post(f"{url}/chat", json=QUESTION)
    assert response.status_code == 200, response.text
    return dict(response.json())


async def model_status(http: httpx2.AsyncClient, url: str) -> str:
    dependencies = (await http.get(f"{url}/health")).json()["dependencies"]
    return next(str(entry["status"]) for entry in dependencies if entry["name"] == "language_model")


async def test_further_requests_wait_for_a_slot(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient
) -> None:
    scripted.says("Hello there.", held="first")
    url = serve(**scripted.settings, llm_at_once=2, llm_queue_seconds=LONG)
    asked = asyncio.gather(*(ask(http, url) for _ in range(8)))
    await anyio.to_thread.run_sync(eventually, lambda: scripted.open == 2)
    scripted.release()
    answers = await asked
    assert [(answer["response"], answer["notice"]) for answer in answers] == [("Hello there.", None)] * 8
    assert scripted.most_open == 2


async def test_a_wait_beyond_the_deadline_is_answered_with_quotes(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "FAILURES", 1)
    scripted.says("first second", when="Hold", held="rest")
    url = serve(**scripted.settings, llm_at_once=1, llm_queue_seconds=SHORT)
    async with writing(http, url):
        for _ in range(2):
            answer = await ask(http, url)
            assert (answer["response"], answer["provider"]) == (QUOTE, "extractive")
            assert "openai is busy" in answer["notice"]
        scripted.release()
    await anyio.to_thread.run_sync(eventually, lambda: len(scripted.bodies) == 1)
    assert (await ask(http, url))["response"] == "Hello."


async def test_a_full_queue_is_answered_with_quotes_at_once(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "QUEUE_LENGTH", 0)
    url = serve(**scripted.settings, llm_at_once=1, llm_queue_seconds=LONG)
    answer = await ask(http, url)
    assert "0 requests are already waiting" in answer["notice"]


async def test_a_client_that_leaves_the_queue_frees_its_position(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient
) -> None:
    scripted.says("first second", when="Hold", held="rest")
    url = serve(**scripted.settings, llm_at_once=1, llm_queue_seconds=LONG)
    async with writing(http, url):
        with pytest.raises(httpx2.ReadTimeout):
            await http.post(f"{url}/chat", json={"message": "Left"}, timeout=SHORT)
        scripted.release()
    assert (await ask(http, url))["response"] == "Hello."
    assert "Left" not in scripted.prompts


async def test_silence_while_the_model_writes_another_answer_is_busy_and_not_a_failure(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "FAILURES", 1)
    scripted.says("word " * 600, when="Hold", pause=0.02)
    scripted.says("late", when="capital", held="first")
    url = serve(**scripted.settings, llm_at_once=4, llm_first_token_seconds=PATIENT, llm_timeout_seconds=LONG)
    async with writing(http, url):
        answer = await ask(http, url)
        assert "openai is busy with other answers" in answer["notice"]
        scripted.says("Paris.", when="capital")
        assert (await ask(http, url))["response"] == "Paris."


async def test_silence_of_an_idle_model_opens_the_breaker(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "FAILURES", 1)
    scripted.says("late", held="first")
    url = serve(**scripted.settings, llm_first_token_seconds=PATIENT)
    assert "openai sent nothing for 3 s" in (await ask(http, url))["notice"]
    scripted.release()
    assert "failed 1 times in a row" in (await ask(http, url))["notice"]
    assert len(scripted.bodies) == 1
    assert await model_status(http, url) == "degraded"


async def test_an_empty_token_does_not_close_the_breaker(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "FAILURES", 2)
    scripted.says(pieces=["", "late"], held="rest")
    url = serve(**scripted.settings, llm_first_token_seconds=PATIENT)
    for _ in range(2):
        assert "sent nothing" in (await ask(http, url))["notice"]
    assert "failed 2 times in a row" in (await ask(http, url))["notice"]


async def test_the_first_token_may_take_longer_than_the_next(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient
) -> None:
    scripted.says("Paris is it.", delay=3 * SHORT)
    url = serve(**scripted.settings, llm_first_token_seconds=LONG, llm_timeout_seconds=SHORT)
    assert (await ask(http, url))["response"] == "Paris is it."
    scripted.says("Paris is it.", held="rest")
    stalled = await http.post(f"{url}/chat/stream", json=QUESTION)
    assert "event: error" in stalled.text
    assert "sent nothing for 0.3 s" in stalled.text


async def test_empty_tokens_before_the_text_keep_the_patience_of_the_first_token(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient
) -> None:
    scripted.says(pieces=["", "Paris."], pause=3 * SHORT)
    url = serve(**scripted.settings, llm_first_token_seconds=LONG, llm_timeout_seconds=SHORT)
    assert (await ask(http, url))["response"] == "Paris."
