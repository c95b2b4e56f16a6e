"""The provider for OpenAI-compatible servers, and every kind of failure."""

import asyncio
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
    """Start a layer that uses the loopback server, and send a request to its /chat."""

    async def send(**settings: object) -> httpx2.Response:
        defaults = {
            "openai_base_url": openai_server.url,
            "openai_api_key": openai_server.key,
            "llm_timeout_seconds": 20,
        }
        url = serve(llm_provider="openai", **defaults | settings)
        return await http.post(f"{url}/chat", json={"message": "Hello", "temperature": 0.5, "max_tokens": 9})

    return send


async def test_the_answer_and_its_usage_come_from_the_server(ask: Ask, openai_server: OpenAIServer) -> None:
    body = (await ask(openai_model="some-model")).json()
    assert (body["response"], body["provider"]) == ("Paris is the capital of France.", "openai")
    assert body["usage"]["prompt_tokens"] == 21
    assert body["usage"]["estimated"] is False
    [sent] = openai_server.chats
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("some-model", 0.5, 9)
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]


@pytest.mark.parametrize("behaviour", ["error500", "garbage", "half", "empty", "wrong_shape"])
async def test_a_failed_response_gets_503(ask: Ask, openai_server: OpenAIServer, behaviour: str) -> None:
    openai_server.behaviour = behaviour
    response = await ask()
    assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
    assert int(response.headers["retry-after"]) > 0


async def test_a_refused_connection_gets_503(ask: Ask) -> None:
    response = await ask(openai_base_url=refused_address())
    assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")


async def test_an_unknown_model_gets_404(ask: Ask, openai_server: OpenAIServer) -> None:
    openai_server.behaviour = "absent"
    assert (await ask()).status_code == 404


async def test_the_error_for_a_wrong_key_names_the_setting_and_not_the_key(ask: Ask) -> None:
    response = await ask(openai_api_key="wrong-key")
    assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
    assert "OPENAI_API_KEY" in response.json()["detail"]
    assert "-key" not in response.text


@pytest.mark.parametrize(("status", "health"), [(200, "ok"), (404, "ok"), (500, "degraded")])
async def test_health_reports_the_state_of_the_server(
    serve: Callable[..., str], openai_server: OpenAIServer, http: httpx2.AsyncClient, status: int, health: str
) -> None:
    openai_server.listing_status = status
    url = serve(llm_provider="openai", openai_base_url=openai_server.url, openai_api_key=openai_server.key)

    async def reported() -> str:
        dependencies = (await http.get(f"{url}/health")).json()["dependencies"]
        return str({entry["name"]: entry["status"] for entry in dependencies}["language_model"])

    async with asyncio.timeout(20):  # on a busy machine the first listing may take longer than a probe waits
        while await reported() != health:  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.5)


async def test_a_failure_before_the_first_token_is_retried(ask: Ask, openai_server: OpenAIServer) -> None:
    openai_server.failures = 1
    assert (await ask()).status_code == 200
    assert len(openai_server.chats) == 2


async def test_a_proxy_is_used_only_for_other_machines(
    ask: Ask,
    start: Callable[..., AbstractContextManager[str]],
    openai_server: OpenAIServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forwarded: list[str] = []

    async def forward(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        forwarded.append(scope["path"])
        await JSONResponse({}, 503)(scope, receive, send)

    with start(forward) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        assert (await ask()).status_code == 200
        assert forwarded == []
        assert (await ask(openai_base_url="http://models.example/v1")).status_code == 503
    assert forwarded == ["http://models.example/v1/models"]
