"""Malformed and incomplete HTTP, sent over plain sockets: a client library would reject it."""

import json
import socket
import time
from urllib.parse import urlsplit

import psutil
import pytest

from api.http import admission
from api.http.headers import SECURITY_HEADERS
from api.http.protocol import Protocol

GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BODY = b'{"message": "Hello"}'
SECURITY = {(name.decode(), value.decode()) for name, value in SECURITY_HEADERS}


def connect(url: str) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port), timeout=20)


def exchange(url: str, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the response, once the server has closed the connection."""
    with connect(url) as connection:
        connection.sendall(request)
        return read(connection)


def read(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(status.split()[1]), headers, body


UNREADABLE = {
    "a TLS handshake": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "no target": (b"GET\r\n\r\n", 400),
    "no host": (b"GET /health/live HTTP/1.1\r\n\r\n", 400),
    "two hosts": (GET + b"Host: y\r\n\r\n", 400),
    "an invalid version": (b"GET / HTTP/one\r\nHost: localhost\r\n\r\n", 400),
    "a NUL in the target": (b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "non-ASCII bytes in the target": ("GET /é HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), 400),
    "a NUL in a header": (GET + b"X-A: \x00\r\n\r\n", 400),
    "a space before the colon": (GET + b"X-A : b\r\n\r\n", 400),
    "a header without a name": (GET + b": b\r\n\r\n", 400),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\n", 400),
    "a hexadecimal length": (POST + b"Content-Length: 0x14\r\n\r\n" + BODY, 400),
    "a length of 5,000 digits": (POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 20\r\nContent-Length: 21\r\n\r\n" + BODY, 400),
    "a length and a transfer encoding": (POST + b"Content-Length: 20\r\nTransfer-Encoding: gzip\r\n\r\n" + BODY, 501),
    "a chunk size that is not a number": (POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + BODY, 400),
    "a chunk size of 200 digits": (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 200 + b"\r\n", 400),
    "a chunk longer than its size": (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", 400),
    "an endless header": (GET + b"X-A: " + b"a" * 70_000, 431),
    "an endless target": (b"GET /" + b"a" * 70_000, 431),
}
TOO_LARGE = {
    "a target": b"GET /" + b"a" * 5_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a header": GET + b"X-A: " + b"a" * 5_000_000 + b"\r\n\r\n",
    "headers": GET + b"X-A: b\r\n" * 500_000 + b"\r\n",
    "a chunk extension": POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 5_000_000 + b"\r\nx\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_request_gets_a_problem_and_the_connection_is_closed(url: str, name: str) -> None:
    request, expected = UNREADABLE[name]
    status, headers, body = exchange(url, request)
    assert status == expected
    assert headers["content-type"] == "application/problem+json"
    assert headers.items() >= SECURITY
    problem = json.loads(body)
    assert problem["status"] == expected
    assert problem["request_id"] == headers["x-request-id"]


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_head_of_megabytes_is_rejected_before_its_end(url: str, name: str) -> None:
    """The server does not read the rest, so the client may see a connection reset instead of the response."""
    try:
        status, _, _ = exchange(url, TOO_LARGE[name])
    except ConnectionError:
        return
    assert status in (400, 431)


def test_headers_below_the_limit_are_read(url: str) -> None:
    status, _, _ = exchange(url, GET + b"X-A: b\r\n" * 1_000 + b"Connection: close\r\n\r\n")
    assert status == 200


@pytest.mark.parametrize(
    ("beginning", "code"),
    [
        (b"", "request_timeout"),
        (b"GET /health/li", "request_timeout"),
        (GET + b"X-A: b\r\n", "request_timeout"),
        (POST + b"Content-Length: 20\r\n\r\n" + BODY[:5], "body_too_slow"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n" + BODY[:5], "body_too_slow"),
    ],
)
def test_an_incomplete_request_gets_408(url: str, monkeypatch: pytest.MonkeyPatch, beginning: bytes, code: str) -> None:
    monkeypatch.setattr(Protocol, "head_seconds", 0.1)
    monkeypatch.setattr(admission, "BODY_PAUSE_SECONDS", 0.1)
    status, headers, body = exchange(url, beginning)
    assert (status, json.loads(body)["code"]) == (408, code)
    assert headers.items() >= SECURITY


def test_a_head_that_arrives_byte_by_byte_has_the_same_deadline(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Protocol, "head_seconds", 0.1)
    with connect(url) as connection:
        started = time.monotonic()
        connection.settimeout(0.01)
        while time.monotonic() < started + 20:
            try:
                connection.sendall(b"X")
                if not (response := connection.recv(65536)):
                    break
                assert b" 408 " in response
                return
            except TimeoutError:
                continue
    pytest.fail("the connection was kept open")


def test_a_slow_body_is_accepted_while_it_keeps_arriving(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Protocol, "head_seconds", 0.5)
    monkeypatch.setattr(admission, "BODY_PAUSE_SECONDS", 0.5)
    with connect(url) as connection:
        connection.sendall(POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(BODY))
        for start in range(0, len(BODY), 4):
            time.sleep(0.15)
            connection.sendall(BODY[start : start + 4])
        assert read(connection)[0] == 200


def test_each_request_on_a_connection_has_its_own_deadline(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Protocol, "head_seconds", 0.4)
    with connect(url) as connection:
        for _ in range(3):
            connection.sendall(GET + b"\r\n")
            response = b""
            while not response.endswith(b'{"status":"ok"}'):
                response += connection.recv(65536)
            time.sleep(0.2)
        connection.sendall(b"GET /hea")
        assert read(connection)[0] == 408


def test_hundreds_of_incomplete_requests_use_little_memory_and_block_no_other_request(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = psutil.Process().memory_info().rss
    incomplete = GET + b"X-A: " + b"a" * 10_000
    connections = [connect(url) for _ in range(300)]
    for connection in connections:
        connection.sendall(incomplete)
    status, _, _ = exchange(url, GET + b"Connection: close\r\n\r\n")
    grown = psutil.Process().memory_info().rss - before
    for connection in connections:
        connection.close()
    assert status == 200
    assert grown < 300 * 65_536 * 2
