"""Request ids, and the headers of every response."""

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

REQUESTS = [
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
POSTS = [
    ("/chat", QUESTION, 200),
    ("/chat/stream", QUESTION, 200),
    ("/v1/chat/completions", CONVERSATION, 200),
    ("/chat", b'{"message": "x", "model": "absent"}', 404),
    ("/chat/stream", b'{"message": "x", "model": "absent"}', 404),
    ("/chat", b" " * 2_000_001, 413),
    ("/v1/chat/completions", b" " * 2_000_001, 413),
    ("/chat", b"{", 422),
]


def assert_complete(headers: httpx2.Headers) -> None:
    """Each of our headers occurs once with its value; `Cache-Control` of a stream is no-store."""
    for name, value in SECURITY_HEADERS:
        if name == b"cache-control" and headers.get("content-type", "").startswith("text/event-stream"):
            value = b"no-store"
        assert headers.get_list(name.decode()) == [value.decode()]
    assert headers.get_list("x-request-id") == ["req.1_a-B"]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
async def test_every_response_has_the_security_headers_and_the_request_id(
    url: str, http: httpx2.AsyncClient, method: str, path: str
) -> None:
    response = await http.request(method, url + path, headers={"X-Request-ID": "req.1_a-B"})
    assert_complete(response.headers)
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(("path", "body", "status"), POSTS)
async def test_answers_streams_and_errors_have_the_headers(
    url: str, http: httpx2.AsyncClient, path: str, body: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json", "X-Request-ID": "req.1_a-B"}
    response = await http.post(url + path, content=body, headers=headers)
    assert response.status_code == status
    assert_complete(response.headers)


async def test_a_304_has_the_headers(url: str, http: httpx2.AsyncClient) -> None:
    etag = (await http.get(f"{url}/web/app.js")).headers["etag"]
    headers = {"If-None-Match": etag, "X-Request-ID": "req.1_a-B"}
    response = await http.get(f"{url}/web/app.js", headers=headers)
    assert response.status_code == 304
    assert_complete(response.headers)


@pytest.fixture(scope="module")
def any_host(settings: Callable[..., Settings], start: Callable[..., Any]) -> Iterator[str]:
    """A layer that accepts every host name."""
    with start(create_app(settings(llm_provider="extractive", allowed_hosts="*"))) as address:
        yield address


@pytest.mark.parametrize("path", ["/chat/", "/models/", "/health/", "/web", "/docs/", "//elsewhere.example/", "/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_response_redirects_to_a_host_from_the_request(
    any_host: str, http: httpx2.AsyncClient, method: str, path: str
) -> None:
    headers = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test"}
    response = await http.request(method, any_host + path, headers=headers)
    assert response.status_code in (200, 404, 405)
    assert "evil.test" not in response.text + str(response.headers)


@pytest.mark.parametrize(
    "name", ["a.test/b", "a.test?b", "a.test#", "a@b", '"><script>', "javascript:alert(1)", "a b", "a:99999", "\\a", ""]
)
def test_an_invalid_host_does_not_appear_in_the_openapi_document(any_host: str, name: str) -> None:
    assert server_url(any_host, f"Host: {name}") == any_host


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host: evil.test", "Forwarded: host=evil.test", "X-Forwarded-Prefix: /evil.test"]
)
def test_only_the_host_header_determines_the_address_in_the_openapi_document(any_host: str, header: str) -> None:
    assert server_url(any_host, f"Host: a.test:81\r\n{header}") == "http://a.test:81"
    assert server_url(any_host, "Host: a.test\r\nX-Forwarded-Proto: javascript") == "http://a.test"


def server_url(url: str, headers: str) -> str:
    """The address in /openapi.json, for a request with these headers."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(f"GET /openapi.json HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n".encode())
        response = b"".join(iter(lambda: connection.recv(65536), b""))
    [server] = json.loads(response.partition(b"\r\n\r\n")[2])["servers"]
    return str(server["url"])


@pytest.mark.parametrize("invalid", ["", "a b", "x" * 65, "é", "<script>", "a,b", "a/b"])
async def test_an_invalid_request_id_is_replaced(url: str, http: httpx2.AsyncClient, invalid: str) -> None:
    response = await http.get(f"{url}/health/live", headers=[(b"X-Request-ID", invalid.encode())])
    assert str(UUID(response.headers["x-request-id"])) == response.headers["x-request-id"]


async def test_every_request_gets_its_own_id(url: str, http: httpx2.AsyncClient) -> None:
    ids = {(await http.get(f"{url}/health/live")).headers["x-request-id"] for _ in range(20)}
    assert len(ids) == 20


def test_a_request_id_cannot_inject_a_header(url: str) -> None:
    """Sent over a plain socket: a client library would reject it."""
    address = urlsplit(url)
    for line_break in (b"\r\n", b"\n", b"\r", b"%0d%0a"):
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(
                b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                b"X-Request-ID: a" + line_break + b"Set-Cookie: b=c\r\n\r\n"
            )
            response = b"".join(iter(partial(connection.recv, 65536), b""))
        assert b"set-cookie" not in response.lower()


async def test_the_log_has_one_line_per_request_even_for_a_path_with_a_line_break(
    serve: Callable[..., str], http: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    url = serve(llm_provider="extractive")
    with caplog.at_level(logging.INFO, logger="mystack"):
        await http.get(f"{url}/a%0aINFO%20forged", headers={"X-Request-ID": "ask-1"})

        def lines() -> list[str]:
            return [record.getMessage() for record in caplog.records if record.name == "mystack.access"]

        await anyio.to_thread.run_sync(eventually, lines)  # written after the response has been sent
    [line] = lines()
    assert line.startswith("GET /a%0aINFO%20forged 404 ")
    assert line.endswith(" ms")
