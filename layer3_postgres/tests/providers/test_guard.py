"""A provider that hangs or is down: 503 within the timeout, a breaker, and a service that stays responsive."""

import asyncio
import time
from collections.abc import Callable

import httpx2
import pytest

from api.adapters.llm import guarded
from tests.servers.ollama import OllamaServer
from tests.servers.running import refused_address

TIMEOUT = 1.0
SLACK = 1.0  # for a busy machine; hanging would take for ever


async def ask(http: httpx2.AsyncClient, url: str, path: str = "/chat") -> tuple[httpx2.Response, float]:
    started = time.monotonic()
    answer = await http.post(url + path, json={"message": "Hello"})
    return answer, time.monotonic() - started


@pytest.fixture
def url(serve: Callable[..., str], ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(guarded, "FAILURES", 2)
    monkeypatch.setattr(guarded, "COOLDOWN_SECONDS", 0.5)
    return serve(
        llm_provider="ollama",
        ollama_url=ollama.url,
        llm_timeout_seconds=TIMEOUT,
    )


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
@pytest.mark.parametrize("behaviour", ["hang", "mute", "listing"])
async def test_a_hanging_model_is_503_within_the_timeout_and_the_process_answers_all_the_while(
    url: str, ollama: OllamaServer, http: httpx2.AsyncClient, path: str, behaviour: str
) -> None:
    ollama.behaviour = behaviour
    ollama.listing_hangs = behaviour == "listing"
    asking = asyncio.create_task(ask(http, url, path))
    alive = []
    while not asking.done():
        started = time.monotonic()
        assert (await http.get(f"{url}/health/live")).status_code == 200
        alive.append(time.monotonic() - started)
        await asyncio.sleep(0.02)
    answer, seconds = await asking
    assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert seconds < TIMEOUT + SLACK
    assert sorted(alive)[len(alive) // 2] < 0.1


async def test_a_silence_between_two_tokens_ends_the_stream(
    url: str, ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "stuck"
    answer, seconds = await ask(http, url, "/chat/stream")
    assert "event: error" in answer.text
    assert '"model_unavailable"' in answer.text
    assert TIMEOUT <= seconds < TIMEOUT + SLACK


async def test_all_attempts_together_stay_within_the_timeout(
    url: str, ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.failures = 99
    answer, seconds = await ask(http, url)
    assert answer.status_code == 503
    assert seconds < TIMEOUT + SLACK
    assert len(ollama.chats) == 2


async def test_nothing_is_asked_again_once_a_token_has_come(
    url: str, ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "half"
    await ask(http, url, "/chat/stream")
    assert len(ollama.chats) == 1


async def test_a_slow_first_token_is_waited_for(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour, ollama.delay = "slow", 0.3
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    answer, seconds = await ask(http, url)
    assert answer.status_code == 200
    assert seconds >= 0.3
    assert answer.json()["latency_ms"] >= 300


async def test_the_breaker_opens_and_closes_again(url: str, ollama: OllamaServer, http: httpx2.AsyncClient) -> None:
    ollama.behaviour = "error500"
    for _ in range(2):
        assert (await ask(http, url))[0].status_code == 503
    asked = len(ollama.chats)
    opened = (await ask(http, url))[0]
    assert opened.status_code == 503
    assert "2 times in a row" in opened.json()["detail"]
    assert "500" in opened.json()["detail"]
    assert len(ollama.chats) == asked

    ollama.behaviour = "normal"
    deadline = time.monotonic() + 10
    while (await ask(http, url))[0].status_code != 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert (await ask(http, url))[0].status_code == 200


async def test_a_breaker_that_tries_again_and_fails_stays_open(
    url: str, ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "error500"
    deadline = time.monotonic() + 10
    tried: list[int] = []
    while len(tried) < 3:
        before = len(ollama.chats)
        await ask(http, url)
        tried += [len(ollama.chats) - before] if len(ollama.chats) > before else []
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    assert (await ask(http, url))[0].json()["detail"].startswith("ollama failed 3 times in a row")


async def test_a_hanging_ollama_is_passed_over_under_auto(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "FAILURES", 1)
    ollama.listing_hangs = True
    url = serve(
        llm_provider="auto",
        ollama_url=ollama.url,
        llm_timeout_seconds=TIMEOUT,
    )
    answer, seconds = await ask(http, url)
    assert answer.json()["provider"] == "extractive"
    assert seconds < TIMEOUT + SLACK
    tags = ollama.asked.count("tags")
    assert (await ask(http, url))[0].json()["provider"] == "extractive"
    assert ollama.asked.count("tags") == tags


async def test_an_ollama_that_is_started_later_serves_at_once(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "FAILURES", 1)
    ollama.listing = b"not yet"
    url = serve(llm_provider="auto", ollama_url=ollama.url)
    for _ in range(3):
        assert (await ask(http, url))[0].json()["provider"] == "extractive"
    ollama.listing = None
    assert (await ask(http, url))[0].json()["provider"] == "ollama"


async def test_a_refused_connection_is_503_at_once(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    answer, seconds = await ask(http, serve(llm_provider="ollama", ollama_url=refused_address()))
    assert answer.status_code == 503
    assert "ollama serve" in answer.json()["detail"]
    assert seconds < SLACK
