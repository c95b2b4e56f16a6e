"""Request ids, and the headers that every answer carries."""

import logging
import socket
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID

import anyio
import httpx2
import pytest

from api.middleware import SECURITY_HEADERS
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


@pytest.mark.parametrize(("method", "path"), EVERYWHERE)
async def test_security_headers_and_an_id_are_everywhere(
    url: str, http: httpx2.AsyncClient, method: str, path: str
) -> None:
    answer = await http.request(method, url + path, headers={"X-Request-ID": "ask.1_a-B"})
    for name, value in SECURITY_HEADERS:
        assert answer.headers.get_list(name.decode()) == [value.decode()]
    assert answer.headers.get_list("x-request-id") == ["ask.1_a-B"]
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy


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
                b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                b"X-Request-ID: a" + break_ + b"Set-Cookie: b=c\r\n\r\n"
            )
            answer = b"".join(iter(lambda c=connection: c.recv(65536), b""))
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
    assert line.endswith(" ask-1")
