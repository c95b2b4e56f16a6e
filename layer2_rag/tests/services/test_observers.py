"""Observers see every exchange: method, route template, status, duration and request id."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager

import httpx2
import pytest

from api import main
from api.config import Settings
from api.services.serving.context import current_caller, current_request_id
from api.services.serving.logs import configure_logging
from api.services.serving.observers import Exchange
from api.wiring import State, build
from tests.servers.running import eventually

SEEN = list[Exchange]
Serving = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def observed(settings: Callable[..., Settings], start: Serving, monkeypatch: pytest.MonkeyPatch) -> Serving:
    """Starts the layer with one more observer, as a later layer would add it to the state."""

    def serve(seen: SEEN, **values: object) -> AbstractContextManager[str]:
        @asynccontextmanager
        async def with_observer(settings: Settings) -> AsyncIterator[State]:
            async with build(settings) as state:
                state["observers"].append(seen.append)
                yield state

        monkeypatch.setattr(main, "build", with_observer)
        return start(main.create_app(settings(llm_provider="extractive", **values)))

    return serve


async def test_an_exchange_has_the_template_of_its_route(observed: Serving, http: httpx2.AsyncClient) -> None:
    seen: SEEN = []
    with observed(seen) as url:
        for path in ("/v1/models", "/models", "/web/main.js", "/nowhere/1", "/nowhere/2"):
            await http.get(url + path, headers={"X-Request-ID": "one-id"})
        await http.post(f"{url}/chat", json={"message": "Hello"})
        eventually(lambda: len(seen) == 6)
    found = [(exchange.method, exchange.route, exchange.status) for exchange in seen]
    assert ("GET", "/v1/models", 200) in found
    assert ("GET", "/web", 200) in found
    assert ("POST", "/chat", 200) in found
    assert found.count(("GET", "unmatched", 404)) == 2
    assert {exchange.request_id for exchange in seen[:5]} == {"one-id"}
    assert all(exchange.seconds > 0 for exchange in seen)


async def test_a_refused_request_has_its_template_too(observed: Serving, http: httpx2.AsyncClient) -> None:
    seen: SEEN = []
    with observed(seen, api_key="open-sesame") as url:
        await http.post(f"{url}/chat", json={"message": "Hello"})
        eventually(lambda: len(seen) == 1)
    assert (seen[0].route, seen[0].status) == ("/chat", 401)


async def test_a_stream_is_observed_when_it_has_ended(observed: Serving, http: httpx2.AsyncClient) -> None:
    seen: SEEN = []
    with observed(seen) as url:
        async with http.stream("POST", f"{url}/chat/stream", json={"message": "Hello"}) as answer:
            await answer.aread()
        eventually(lambda: len(seen) == 1)
    assert (seen[0].route, seen[0].status) == ("/chat/stream", 200)


def test_every_line_of_the_log_has_the_request_id(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, root.handlers = root.handlers, []
    try:
        configure_logging("INFO")
        token = current_request_id.set("the-id")
        logging.getLogger("mystack.anything").warning("a line")
        current_request_id.reset(token)
        logging.getLogger("mystack.anything").warning("another")
    finally:
        root.handlers = before
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["WARNING mystack.anything the-id: a line", "WARNING mystack.anything -: another"]


async def test_the_caller_is_known_inside_of_a_request_and_forgotten_after_it(
    settings: Callable[..., Settings], start: Serving, http: httpx2.AsyncClient
) -> None:
    app = main.create_app(settings(llm_provider="extractive", api_key="open-sesame"))
    callers: list[str] = []

    @app.get("/whoami", include_in_schema=False)
    async def whoami() -> None:
        callers.append(current_caller.get().name)

    @app.get("/health/whoami", include_in_schema=False)
    async def open_whoami() -> None:
        callers.append(current_caller.get().name)

    with start(app) as url:
        await http.get(f"{url}/whoami", headers={"Authorization": "Bearer open-sesame"})
        await http.get(f"{url}/health/whoami")
    assert callers == ["shared key", "anonymous"]
    assert current_caller.get().name == "anonymous"
