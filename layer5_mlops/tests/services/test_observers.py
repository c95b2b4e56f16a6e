"""Observers get every exchange: method, route template, status, duration and request id."""

import logging
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest
from fastapi import Request
from starlette.types import Receive, Scope, Send

from api.config import Settings
from api.http.authentication import Authentication
from api.main import create_app
from api.services.serving.authentication import SharedKey
from api.services.serving.context import current_caller, current_request_id
from api.services.serving.logs import configure_logging
from api.services.serving.observers import Exchange
from tests.servers.ollama import OllamaServer
from tests.servers.running import eventually

Observed = Callable[..., AbstractContextManager[str]]

HALF_A_REQUEST = (
    b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
)


@pytest.fixture
def observed(settings: Callable[..., Settings], start: Observed) -> Observed:
    """Start the layer with one more observer, which appends to `exchanges`."""

    def serve(exchanges: list[Exchange], **values: object) -> AbstractContextManager[str]:
        app = create_app(settings(**{"llm_provider": "extractive"} | values))

        async def with_observer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                scope["state"]["observers"] = [*scope["state"]["observers"], exchanges.append]
            await app(scope, receive, send)

        return start(with_observer)

    return serve


async def when_observed(exchanges: list[Exchange], count: int = 1) -> None:
    """Wait: observers run after the response has been sent."""
    await anyio.to_thread.run_sync(eventually, lambda: len(exchanges) == count)


async def test_an_exchange_has_the_template_of_its_route(observed: Observed, http: httpx2.AsyncClient) -> None:
    exchanges: list[Exchange] = []
    with observed(exchanges) as url:
        for path in ("/v1/models", "/models", "/web/main.js", "/v1/models/a/b", "/nowhere/1", "/nowhere/2"):
            await http.get(url + path, headers={"X-Request-ID": "one-id"})
        await http.post(f"{url}/chat", json={"message": "Hello"})
        await when_observed(exchanges, 7)
    found = [(exchange.method, exchange.route, exchange.status) for exchange in exchanges]
    assert ("GET", "/v1/models", 200) in found
    assert ("GET", "/web", 200) in found
    assert ("POST", "/chat", 200) in found
    assert ("GET", "/v1/models/{model}", 404) in found
    assert found.count(("GET", "unmatched", 404)) == 2
    assert {exchange.request_id for exchange in exchanges[:6]} == {"one-id"}
    assert all(exchange.seconds > 0 for exchange in exchanges)


async def test_a_request_without_a_key_has_its_template(observed: Observed, http: httpx2.AsyncClient) -> None:
    exchanges: list[Exchange] = []
    with observed(exchanges, api_key="open-sesame") as url:
        await http.post(f"{url}/chat", json={"message": "Hello"})
        await when_observed(exchanges)
    assert (exchanges[0].route, exchanges[0].status) == ("/chat", 401)


async def test_a_stream_is_observed_when_it_ends_and_not_before(
    observed: Observed, ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.behaviour = "endless"
    exchanges: list[Exchange] = []
    with observed(exchanges, llm_provider="ollama", ollama_url=ollama.url) as url:
        async with http.stream("POST", f"{url}/chat/stream", json={"message": "Hello"}) as stream:
            await anext(stream.aiter_text())
            assert exchanges == []
            await anyio.sleep(0.1)
        await when_observed(exchanges)
    assert (exchanges[0].route, exchanges[0].status) == ("/chat/stream", 200)
    assert exchanges[0].seconds > 0.1


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_a_client_that_disconnects_before_the_response_is_499(
    observed: Observed, ollama: OllamaServer, path: str
) -> None:
    ollama.behaviour = "hang"
    exchanges: list[Exchange] = []
    with observed(exchanges, llm_provider="ollama", ollama_url=ollama.url) as url:
        async with httpx2.AsyncClient(trust_env=False) as client, anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: client.post(url + path, json={"message": "Hello"}))
            await anyio.to_thread.run_sync(eventually, lambda: ollama.chats)
            tasks.cancel_scope.cancel()
        await when_observed(exchanges)
    assert (exchanges[0].route, exchanges[0].status) == (path, 499)


async def test_a_client_that_disconnects_during_its_body_is_499(observed: Observed) -> None:
    exchanges: list[Exchange] = []
    with observed(exchanges) as url:
        address = urlsplit(url)
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(HALF_A_REQUEST)
        await when_observed(exchanges)
    assert (exchanges[0].route, exchanges[0].status) == ("/chat", 499)


def test_every_log_line_has_the_request_id(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, root.handlers = root.handlers, []
    try:
        configure_logging("INFO")
        token = current_request_id.set("the-id")
        logging.getLogger("mystack.anything").warning("inside a request")
        current_request_id.reset(token)
        logging.getLogger("mystack.anything").warning("outside")
    finally:
        root.handlers = before
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["WARNING mystack.anything the-id: inside a request", "WARNING mystack.anything -: outside"]


async def test_the_caller_is_in_the_state_and_the_context_of_a_request(
    settings: Callable[..., Settings], start: Observed, http: httpx2.AsyncClient
) -> None:
    app = create_app(settings(llm_provider="extractive", api_key="open-sesame"))
    callers: list[str] = []

    @app.get("/caller", include_in_schema=False)
    @app.get("/health/caller", include_in_schema=False)
    async def append_caller(request: Request) -> None:
        callers.extend([request.state.caller.name, current_caller.get().name])

    with start(app) as url:
        await http.get(f"{url}/caller", headers={"Authorization": "Bearer open-sesame"})
        await http.get(f"{url}/health/caller")
    assert callers == ["shared key", "shared key", "anonymous", "anonymous"]


async def test_the_context_has_no_caller_after_the_request() -> None:
    callers: list[str] = []
    before = current_caller.get()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        callers.append(current_caller.get().name)

    headers = [(b"authorization", b"Bearer open-sesame")]
    state = {"authenticator": SharedKey("open-sesame")}
    scope = {"type": "http", "path": "/chat", "headers": headers, "state": state}
    await Authentication(app)(scope, None, None)  # type: ignore[arg-type]
    assert callers == ["shared key"]
    assert current_caller.get() is before
