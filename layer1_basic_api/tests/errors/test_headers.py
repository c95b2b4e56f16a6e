"""Request ids, and the headers that every answer carries."""

import json
import logging
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import anyio
import httpx2
import pytest

from api.config import Settings
from api.http.headers import SECURITY_HEADERS
from api.main import create_app
from tests.servers.running import eventually

EVERYWHERE = [
    ("GET", "/"),
    ("GET", "/health"),
    ("GET", "/health/live"),
    ("GET", "/models"),
    ("GET", "/v1/models"),
    ("GET", "/docs"),
    ("GET", "/docs/swagger-ui.css"),
    ("GET", "/openapi.json"),
    ("GET", "/nowhere"),
    ("GET", "/web/nowhere"),
    ("HEAD", "/"),
    ("HEAD", "/docs"),
    ("HEAD", "/nowhere"),
    ("OPTIONS", "/chat"),
    ("OPTIONS", "/nowhere"),
    ("GET", "/web/app.js"),
    ("GET", "/web"),
    ("PUT", "/web/app.js"),
    ("DELETE", "/models"),
    ("POST", "/chat"),
    ("POST", "/chat/stream"),
    ("TRACE", "/chat"),
]
QUESTION = b'{"message": "Hello"}'
CONVERSATION = b'{"messages": [{"role": "user", "content": "Hello"}], "stream": true}'
ASKED = [
    ("/chat", QUESTION, 200),
    ("/chat/stream", QUESTION, 200),
    ("/v1/chat/completions", CONVERSATION, 200),
    ("/chat", b'{"message": "x", "model": "absent"}', 404),
    ("/chat/stream", b'{"message": "x", "model": "absent"}', 404),
    ("/chat", b" " * 2_000_001, 413),
    ("/v1/chat/completions", b" " * 2_000_001, 413),
    ("/chat", b"{", 422),
]


def assert_all_are_there(headers: httpx2.Headers) -> None:
    """Each header of ours once, with its value; a stream is not even to be stored."""
    for name, value in SECURITY_HEADERS:
        if name == b"cache-control" and headers.get("content-type", "").startswith("text/event-stream"):
            value = b"no-store"
        assert headers.get_list(name.decode()) == [value.decode()]
    assert headers.get_list("x-request-id") == ["ask.1_a-B"]


@pytest.mark.parametrize(("method", "path"), EVERYWHERE)
async def test_security_headers_and_an_id_are_everywhere(
    url: str, http: httpx2.AsyncClient, method: str, path: str
) -> None:
    answer = await http.request(method, url + path, headers={"X-Request-ID": "ask.1_a-B"})
    assert_all_are_there(answer.headers)
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(("path", "body", "status"), ASKED)
async def test_they_are_on_answers_and_streams_and_on_what_is_refused(
    url: str, http: httpx2.AsyncClient, path: str, body: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json", "X-Request-ID": "ask.1_a-B"}
    answer = await http.post(url + path, content=body, headers=headers)
    assert answer.status_code == status
    assert_all_are_there(answer.headers)


async def test_they_are_on_a_file_that_has_not_changed(url: str, http: httpx2.AsyncClient) -> None:
    known = (await http.get(f"{url}/web/app.js")).headers["etag"]
    headers = {"If-None-Match": known, "X-Request-ID": "ask.1_a-B"}
    answer = await http.get(f"{url}/web/app.js", headers=headers)
    assert answer.status_code == 304
    assert_all_are_there(answer.headers)


@pytest.fixture(scope="module")
def any_host(settings: Callable[..., Settings], start: Callable[..., Any]) -> Iterator[str]:
    """The layer, started so that it serves requests for every host name."""
    with start(create_app(settings(llm_provider="extractive", allowed_hosts="*"))) as address:
        yield address


@pytest.mark.parametrize("path", ["/chat/", "/models/", "/health/", "/web", "/docs/", "//elsewhere.example/", "/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_client_is_redirected_to_the_host_that_a_request_names(
    any_host: str, http: httpx2.AsyncClient, method: str, path: str
) -> None:
    names = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test"}
    answer = await http.request(method, any_host + path, headers=names)
    assert answer.status_code in (200, 404, 405)
    assert "evil.test" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "name", ["a.test/b", "a.test?b", "a.test#", "a@b", '"><script>', "javascript:alert(1)", "a b", "a:99999", "\\a", ""]
)
def test_an_invalid_host_is_not_repeated(any_host: str, name: str) -> None:
    assert served_at(any_host, f"Host: {name}") == any_host


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host: evil.test", "Forwarded: host=evil.test", "X-Forwarded-Prefix: /evil.test"]
)
def test_only_the_host_header_says_where_the_service_is(any_host: str, header: str) -> None:
    assert served_at(any_host, f"Host: a.test:81\r\n{header}") == "http://a.test:81"
    assert served_at(any_host, "Host: a.test\r\nX-Forwarded-Proto: javascript") == "http://a.test"


def served_at(url: str, headers: str) -> str:
    """Where /openapi.json says that the service is, asked with these headers."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(f"GET /openapi.json HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    [server] = json.loads(answer.partition(b"\r\n\r\n")[2])["servers"]
    return str(server["url"])


@pytest.mark.parametrize("insane", ["", "a b", "x" * 65, "é", "<script>", "a,b", "a/b"])
async def test_an_insane_id_is_replaced(url: str, http: httpx2.AsyncClient, insane: str) -> None:
    answer = await http.get(f"{url}/health/live", headers=[(b"X-Request-ID", insane.encode())])
    assert str(UUID(answer.headers["x-request-id"])) == answer.headers["x-request-id"]


async def test_every_request_has_its_own_id(url: str, http: httpx2.AsyncClient) -> None:
    ids = {(await http.get(f"{url}/health/live")).headers["x-request-id"] for _ in range(20)}
    assert len(ids) == 20


def test_an_id_cannot_bring_a_header_with_it(url: str) -> None:
    """Sent byte by byte: a client library would refuse to."""
    address = urlsplit(url)
    for break_ in (b"\r\n", b"\n", b"\r", b"%0d%0a"):
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(
                b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                b"X-Request-ID: a" + break_ + b"Set-Cookie: b=c\r\n\r\n"
            )
            answer = b"".join(iter(partial(connection.recv, 65536), b""))
        assert b"set-cookie" not in answer.lower()


async def test_the_log_has_one_line_a_request_whatever_the_path(
    serve: Callable[..., str], http: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    url = serve(llm_provider="extractive")
    with caplog.at_level(logging.INFO, logger="mystack"):
        await http.get(f"{url}/a%0aINFO%20forged", headers={"X-Request-ID": "ask-1"})

        def lines() -> list[str]:
            return [record.getMessage() for record in caplog.records if record.name == "mystack.access"]

        await anyio.to_thread.run_sync(eventually, lines)  # it is written when the answer is already here
    [line] = lines()
    assert line.startswith("GET /a%0aINFO%20forged 404 ")
    assert line.endswith(" ms")
