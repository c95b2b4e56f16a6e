"""Every error has the same format and reveals no internals."""

import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from api.config import Settings
from api.main import create_app

TOO_LONG = b'{"message": "x", "history": [{"role": "system", "content": "' + b"x" * 99_000 + b'"}]}'
FIELDS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/nowhere", None, 404, "not_found"),
        ("GET", "/web/nowhere.js", None, 404, "not_found"),
        ("GET", "/docs/../../pyproject.toml", None, 404, "not_found"),
        ("GET", "/chat", None, 405, "method_not_allowed"),
        ("DELETE", "/models", None, 405, "method_not_allowed"),
        ("POST", "/web/app.js", b"", 405, "method_not_allowed"),
        ("POST", "/chat", b"{", 422, "invalid_request"),
        ("POST", "/chat", b'{"message": "x", "model": "absent"}', 404, "model_not_found"),
        ("POST", "/chat", TOO_LONG, 400, "prompt_too_long"),
        ("POST", "/chat", b" " * 2_000_001, 413, "body_too_large"),
        ("POST", "/nowhere", b" " * 2_000_001, 413, "body_too_large"),
    ],
)
async def test_every_error_is_a_problem(
    url: str, http: httpx2.AsyncClient, method: str, path: str, body: bytes | None, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/json", "X-Request-ID": "req-1"}
    response = await http.request(method, url + path, content=body, headers=headers)
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code)
    assert problem.keys() - {"errors"} == FIELDS
    assert (problem["status"], problem["request_id"], problem["type"]) == (status, "req-1", "about:blank")
    assert problem["detail"]
    assert problem["instance"].startswith("/")


async def test_a_405_lists_the_allowed_methods(url: str, http: httpx2.AsyncClient) -> None:
    response = await http.get(f"{url}/chat")
    assert response.headers["allow"] == "POST"
    assert response.json()["detail"] == "/chat does not allow GET; it allows POST."


async def test_a_404_names_the_page_that_lists_all_endpoints(url: str, http: httpx2.AsyncClient) -> None:
    assert "/docs lists all endpoints" in (await http.get(f"{url}/chats")).json()["detail"]
    assert "/docs lists all endpoints" in (await http.post(f"{url}/v1/responses")).json()["error"]["message"]


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        ({}, b'{"message": "Hello"}', "Content-Type: application/json"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b'{"message": "Hello"}', "Content-Type: application/"),
        ({"Content-Type": "application/json"}, b"", "must be a JSON object"),
        ({"Content-Type": "application/json"}, b"[]", "must be a JSON object"),
        (
            {"Content-Type": "application/json"},
            b'{"message": hello}',
            "valid JSON: Expecting value, at character 12.",
        ),
        ({"Content-Type": "application/json"}, b"{}", "body.message: Field required"),
    ],
)
async def test_common_mistakes_get_an_explanation(
    url: str, http: httpx2.AsyncClient, headers: dict[str, str], body: bytes, message: str
) -> None:
    response = await http.post(f"{url}/chat", content=body, headers=headers)
    assert response.status_code == 422
    assert message in response.json()["detail"]


async def chunks(total: int) -> AsyncIterator[bytes]:
    for _ in range(0, total, 50_000):
        yield b" " * 50_000


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_a_chunked_body_is_counted_while_it_arrives(url: str, http: httpx2.AsyncClient, path: str) -> None:
    response = await http.post(url + path, content=chunks(2_100_000), headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    assert "2,000,000 bytes" in response.json()["detail"]


async def test_max_body_bytes_sets_the_limit(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", max_body_bytes=1000)
    largest_body = '{"message": "' + "x" * 985 + '"}'
    headers = {"Content-Type": "application/json"}
    assert (await http.post(f"{url}/chat", content=largest_body, headers=headers)).status_code == 200
    assert (await http.post(f"{url}/chat", content=largest_body + " ", headers=headers)).status_code == 413


@pytest.fixture
def faulty(settings: Callable[..., Settings]) -> FastAPI:
    """The application with two routes that raise an unexpected exception."""
    app = create_app(settings(llm_provider="extractive"))

    @app.get("/fault")
    async def fault() -> None:
        raise KeyError("secret-detail")

    @app.get("/late-fault")
    async def late_fault() -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            yield b"start"
            raise KeyError("secret-detail")

        return StreamingResponse(body())

    return app


async def test_an_unexpected_exception_is_logged_but_not_revealed(
    faulty: FastAPI, start: Callable[..., Any], http: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with start(faulty) as url, caplog.at_level(logging.ERROR):
        response = await http.get(f"{url}/fault", headers={"X-Request-ID": "req-1"})
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert response.headers["x-request-id"] == "req-1"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "secret-detail" not in response.text
    assert "Traceback" not in response.text
    [record] = [record for record in caplog.records if record.name == "mystack.errors"]
    assert "req-1" in record.getMessage()
    assert record.exc_info


async def test_an_exception_in_the_middle_of_a_response_closes_the_connection(
    faulty: FastAPI, start: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    with start(faulty) as url, pytest.raises(httpx2.RemoteProtocolError):
        await http.get(f"{url}/late-fault")


async def test_an_exception_in_an_event_stream_is_its_last_event(
    serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch, http: httpx2.AsyncClient
) -> None:
    from api.services.chat.service import ChatService
    from api.services.chat.turn import TokenEvent

    async def broken(self: ChatService, turn: object) -> AsyncIterator[TokenEvent]:
        yield TokenEvent("start")
        raise KeyError("secret-detail")

    monkeypatch.setattr(ChatService, "stream", broken)
    url = serve(llm_provider="extractive")
    response = await http.post(f"{url}/chat/stream", json={"message": "x"})
    assert "event: error" in response.text
    assert '"internal_error"' in response.text
    assert "secret-detail" not in response.text
