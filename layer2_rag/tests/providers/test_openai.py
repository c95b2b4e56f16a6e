"""An OpenAI-compatible server, and everything that goes wrong on the way to it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager

import httpx2
import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from tests.servers.openai import OpenAIServer
from tests.servers.running import refused_address

Ask = Callable[..., Awaitable[httpx2.Response]]


@pytest.fixture
def ask(serve: Callable[..., str], openai_server: OpenAIServer, http: httpx2.AsyncClient) -> Ask:
    """Ask /chat of a layer that uses the loopback server."""

    async def asking(**settings: object) -> httpx2.Response:
        given = {"openai_base_url": openai_server.url, "openai_api_key": openai_server.key, "llm_timeout_seconds": 20}
        url = serve(llm_provider="openai", **given | settings)
        return await http.post(f"{url}/chat", json={"message": "Hello", "temperature": 0.5, "max_tokens": 9})

    return asking


async def test_an_answer(ask: Ask, openai_server: OpenAIServer) -> None:
    answer = (await ask(openai_model="some-model")).json()
    assert (answer["response"], answer["provider"]) == ("Paris is the capital of France.", "openai")
    assert answer["usage"]["prompt_tokens"] == 21
    assert answer["usage"]["estimated"] is False
    [sent] = openai_server.chats
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("some-model", 0.5, 9)
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]


@pytest.mark.parametrize("behaviour", ["error500", "garbage", "half", "empty", "wrong_shape"])
async def test_a_failing_answer_is_503(ask: Ask, openai_server: OpenAIServer, behaviour: str) -> None:
    openai_server.behaviour = behaviour
    answer = await ask()
    assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_refused_connection_is_503(ask: Ask) -> None:
    answer = await ask(openai_base_url=refused_address())
    assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")


async def test_an_unknown_model_is_404(ask: Ask, openai_server: OpenAIServer) -> None:
    openai_server.behaviour = "absent"
    assert (await ask()).status_code == 404


async def test_a_wrong_key_is_told_but_not_which(ask: Ask) -> None:
    answer = await ask(openai_api_key="wrong-key")
    assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")
    assert "OPENAI_API_KEY" in answer.json()["detail"]
    assert "-key" not in answer.text


@pytest.mark.parametrize(("status", "health"), [(200, "ok"), (404, "ok"), (500, "down")])
async def test_health_asks_the_server(
    serve: Callable[..., str], openai_server: OpenAIServer, http: httpx2.AsyncClient, status: int, health: str
) -> None:
    openai_server.listing_status = status
    url = serve(llm_provider="openai", openai_base_url=openai_server.url, openai_api_key=openai_server.key)
    dependencies = (await http.get(f"{url}/health")).json()["dependencies"]
    assert {entry["name"]: entry["status"] for entry in dependencies}["language_model"] == health


async def test_a_failure_before_the_first_token_is_retried(ask: Ask, openai_server: OpenAIServer) -> None:
    openai_server.failures = 1
    assert (await ask()).status_code == 200
    assert len(openai_server.chats) == 2


async def test_a_proxy_is_used_for_other_machines_only(
    ask: Ask,
    start: Callable[..., AbstractContextManager[str]],
    openai_server: OpenAIServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed: list[str] = []

    async def forward(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        passed.append(scope["path"])
        await JSONResponse({}, 503)(scope, receive, send)

    with start(forward) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        assert (await ask()).status_code == 200
        assert passed == []
        assert (await ask(openai_base_url="http://models.example/v1")).status_code == 503
    assert passed == ["http://models.example/v1/models"]
