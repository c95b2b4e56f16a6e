"""A provider that hangs or is down: an answer within the timeout, a circuit breaker, and a responsive service."""

import asyncio
import time
from collections.abc import Callable

import httpx2
import pytest

from api.adapters.llm import breaker
from tests.servers.ollama import OllamaServer
from tests.servers.running import refused_address

TIMEOUT = 2.0
SLACK = 2.0  # for a busy machine; a hang would have no end


async def ask(http: httpx2.AsyncClient, url: str, path: str = "/chat") -> tuple[httpx2.Response, float]:
    started = time.monotonic()
    response = await http.post(url + path, json={"message": "Hello"})
    return response, time.monotonic() - started


@pytest.fixture
def url(serve: Callable[..., str], ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(breaker, "FAILURES", 2)
    monkeypatch.setattr(breaker, "COOLDOWN_SECONDS", 0.5)
    return serve(
        llm_provider="ollama",
        ollama_url=ollama.url,
        llm_first_token_seconds=TIMEOUT,
        llm_timeout_seconds=TIMEOUT,
    )


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
@pytest.mark.parametrize("behaviour", ["hang", "mute", "listing"])
async def test_a_hanging_model_gets_503_within_the_timeout_while_the_service_stays_responsive(
    url: str, ollama: OllamaServer, http: httpx2.AsyncClient, path: str, behaviour: str
) -> None:
    ollama.behaviour = behaviour
    ollama.listing_hangs = behaviour == "listing"
    pending = asyncio.create_task(ask(http, url, path))
    latencies = []
    while not pending.done():
        started = time.monotonic()
        assert (await http.get(f"{url}/health/live")).status_code == 200
        latencies.append(time.monotonic() - started)
        await asyncio.sleep(0.02)
    response, seconds = await pending
    assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert seconds < TIMEOUT + SLACK
    assert sorted(latencies)[len(latencies) // 2] < 0.1


async def test_a_stalled_stream_ends_with_an_error_event(
    url: str, ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "stuck"
    response, seconds = await ask(http, url, "/chat/stream")
    assert "event: error" in response.text
    assert '"model_unavailable"' in response.text
    assert TIMEOUT <= seconds < TIMEOUT + SLACK


async def test_the_timeout_covers_all_attempts(url: str, ollama: OllamaServer, http: httpx2.AsyncClient) -> None:
    ollama.failures = 99
    response, seconds = await ask(http, url)
    assert response.status_code == 503
    assert seconds < TIMEOUT + SLACK
    assert len(ollama.chats) == 2


async def test_no_request_is_retried_after_its_first_token(
    url: str, ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "half"
    await ask(http, url, "/chat/stream")
    assert len(ollama.chats) == 1


async def test_a_slow_first_token_within_the_timeout_is_accepted(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour, ollama.delay = "slow", 0.3
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    response, seconds = await ask(http, url)
    assert response.status_code == 200
    assert seconds >= 0.3
    assert response.json()["latency_ms"] >= 300


async def test_the_breaker_opens_and_later_closes(url: str, ollama: OllamaServer, http: httpx2.AsyncClient) -> None:
    ollama.behaviour = "error500"
    for _ in range(2):
        assert (await ask(http, url))[0].status_code == 503
    before = len(ollama.chats)
    rejected = (await ask(http, url))[0]
    assert rejected.status_code == 503
    assert "2 times in a row" in rejected.json()["detail"]
    assert "500" in rejected.json()["detail"]
    assert len(ollama.chats) == before

    ollama.behaviour = "normal"
    deadline = time.monotonic() + 10
    while (await ask(http, url))[0].status_code != 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert (await ask(http, url))[0].status_code == 200


async def test_a_failed_trial_call_keeps_the_breaker_open(
    url: str, ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "error500"
    deadline = time.monotonic() + 10
    trials: list[int] = []
    while len(trials) < 3:
        before = len(ollama.chats)
        await ask(http, url)
        trials += [len(ollama.chats) - before] if len(ollama.chats) > before else []
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    assert (await ask(http, url))[0].json()["detail"].startswith("ollama failed 3 times in a row")


async def test_auto_skips_a_hanging_ollama(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "FAILURES", 1)
    ollama.listing_hangs = True
    url = serve(
        llm_provider="auto",
        ollama_url=ollama.url,
        llm_first_token_seconds=TIMEOUT,
        llm_timeout_seconds=TIMEOUT,
    )
    response, seconds = await ask(http, url)
    assert response.json()["provider"] == "extractive"
    assert seconds < TIMEOUT + SLACK
    tags = ollama.requests.count("tags")
    assert (await ask(http, url))[0].json()["provider"] == "extractive"
    assert ollama.requests.count("tags") == tags


async def test_auto_uses_an_ollama_that_starts_later(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "FAILURES", 1)
    ollama.listing = b"not yet"
    url = serve(llm_provider="auto", ollama_url=ollama.url)
    for _ in range(3):
        assert (await ask(http, url))[0].json()["provider"] == "extractive"
    ollama.listing = None
    assert (await ask(http, url))[0].json()["provider"] == "ollama"


async def test_a_refused_connection_gets_503_immediately(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    response, seconds = await ask(http, serve(llm_provider="ollama", ollama_url=refused_address()))
    assert response.status_code == 503
    assert "ollama serve" in response.json()["detail"]
    assert seconds < SLACK
