"""Path traversal, sent over a plain socket: a client library would normalize the paths."""

import socket
from urllib.parse import urlsplit

import pytest

TARGETS = [
    "/web/../main.py",
    "/web/..%2fmain.py",
    "/web/%2e%2e/main.py",
    "/web/%2e%2e%2fmain.py",
    "/web/%252e%252e%252fmain.py",
    "/web/..\\main.py",
    "/web/..%5cmain.py",
    "/web/....//main.py",
    "/web/%c0%ae%c0%ae/main.py",
    "/web/%ef%bc%8e%ef%bc%8e/main.py",
    "/web/app.js/../../main.py",
    "/web/" + "../" * 40 + "etc/passwd",
    "/web//etc/passwd",
    "/web/%2fetc%2fpasswd",
    "/web/file:///etc/passwd",
    "/docs/../main.py",
    "/docs/%2e%2e%2f__init__.py",
    "/docs//etc/passwd",
    "//etc/passwd",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/.env",
    "/web/.env",
    "/web/%00",
    "/web/app.js%00",
    "/web/%00/../main.py",
    "/web/%ff",
    "/web/%ed%a0%80",
    "/web/" + "a" * 5_000,
    "/web/" + "a/" * 5_000,
    "/web/.",
    "/web/..",
    "/docs/",
    "http://127.0.0.1/web/../main.py",
    "*",
]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target[:40])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_no_path_leaves_the_folder_of_the_page(url: str, method: str, target: str) -> None:
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        response = b"".join(iter(lambda: connection.recv(65536), b""))
    status = int(response.split(b" ", 2)[1])
    assert status in ((404, 405) if method == "OPTIONS" else (404,))
    assert b"application/problem+json" in response
    assert b"root:" not in response
    assert b"create_app" not in response
