"""Every error has the same shape, and none tells how the service is built."""

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
    headers = {"Content-Type": "application/json", "X-Request-ID": "ask-1"}
    answer = await http.request(method, url + path, content=body, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem.keys() - {"errors"} == FIELDS
    assert (problem["status"], problem["request_id"], problem["type"]) == (status, "ask-1", "about:blank")
    assert problem["detail"]
    assert problem["instance"].startswith("/")


async def test_a_wrong_method_says_which_is_right(url: str, http: httpx2.AsyncClient) -> None:
    answer = await http.get(f"{url}/chat")
    assert answer.headers["allow"] == "POST"
    assert answer.json()["detail"] == "/chat does not allow GET; it allows POST."


async def test_a_wrong_path_says_where_the_right_ones_are(url: str, http: httpx2.AsyncClient) -> None:
    assert "/docs lists all endpoints" in (await http.get(f"{url}/chats")).json()["detail"]
    assert "/docs lists all endpoints" in (await http.post(f"{url}/v1/responses")).json()["error"]["message"]


@pytest.mark.parametrize(
    ("headers", "body", "said"),
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
async def test_the_slips_of_a_first_request_are_told_in_words(
    url: str, http: httpx2.AsyncClient, headers: dict[str, str], body: bytes, said: str
) -> None:
    answer = await http.post(f"{url}/chat", content=body, headers=headers)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


async def chunks(total: int) -> AsyncIterator[bytes]:
    for _ in range(0, total, 50_000):
        yield b" " * 50_000


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_a_chunked_body_is_counted_as_it_comes(url: str, http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.post(url + path, content=chunks(2_100_000), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "2,000,000 bytes" in answer.json()["detail"]


async def test_the_limit_is_a_setting(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", max_body_bytes=1000)
    just_fits = '{"message": "' + "x" * 985 + '"}'
    headers = {"Content-Type": "application/json"}
    assert (await http.post(f"{url}/chat", content=just_fits, headers=headers)).status_code == 200
    assert (await http.post(f"{url}/chat", content=just_fits + " ", headers=headers)).status_code == 413


@pytest.fixture
def faulty(settings: Callable[..., Settings]) -> FastAPI:
    """The application with two routes that have a fault of ours in them."""
    app = create_app(settings(llm_provider="extractive"))

    @app.get("/fault")
    async def fault() -> None:
        raise KeyError("secret-detail")

    @app.get("/late-fault")
    async def late_fault() -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            yield b"begun"
            raise KeyError("secret-detail")

        return StreamingResponse(body())

    return app


async def test_a_fault_of_ours_is_logged_and_not_told(
    faulty: FastAPI, start: Callable[..., Any], http: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with start(faulty) as url, caplog.at_level(logging.ERROR):
        answer = await http.get(f"{url}/fault", headers={"X-Request-ID": "ask-1"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["x-request-id"] == "ask-1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret-detail" not in answer.text
    assert "Traceback" not in answer.text
    [record] = [record for record in caplog.records if record.name == "mystack.errors"]
    assert "ask-1" in record.getMessage()
    assert record.exc_info


async def test_a_fault_in_the_middle_of_an_answer_closes_the_connection(
    faulty: FastAPI, start: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    with start(faulty) as url, pytest.raises(httpx2.RemoteProtocolError):
        await http.get(f"{url}/late-fault")


async def test_a_fault_in_an_event_stream_is_its_last_event(
    serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch, http: httpx2.AsyncClient
) -> None:
    from api.services.chat.service import ChatService
    from api.services.chat.turn import TokenEvent

    async def broken(self: ChatService, turn: object) -> AsyncIterator[TokenEvent]:
        yield TokenEvent("begun")
        raise KeyError("secret-detail")

    monkeypatch.setattr(ChatService, "stream", broken)
    url = serve(llm_provider="extractive")
    answer = await http.post(f"{url}/chat/stream", json={"message": "x"})
    assert "event: error" in answer.text
    assert '"internal_error"' in answer.text
    assert "secret-detail" not in answer.text
