"""Uploads that are too large, and concurrent uploads."""

import asyncio
import gc
import select
import socket
import warnings
from collections.abc import Callable, Iterator
from itertools import chain, repeat

import httpx2
import pytest
from anyio import to_thread

from tests.library import Reader
from tests.servers.running import when_ready

BOUNDARY = "----boundary"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
).encode()
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture
def small(http: httpx2.AsyncClient, serve: Callable[..., str]) -> Reader:
    """A service that accepts documents of up to 10,000 bytes."""
    return Reader(http, serve(max_upload_bytes=10_000))


async def test_a_document_over_the_limit_is_413(small: Reader) -> None:
    response = await small.upload("word " * 2_001)
    assert (response.status_code, response.json()["code"]) == (413, "document_too_large")
    assert (await small.uploaded("word " * 1_900))["size_bytes"] == 9_500


def response_to(url: str, headers: str, pieces: Iterator[bytes]) -> bytes:
    """Send the pieces of a request until there is a response or nothing left to send."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"POST /documents HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n".encode())
        for piece in pieces:
            connection.sendall(piece)
            if select.select([connection], [], [], 0)[0]:
                break
        response = b""
        while not response.endswith(b"}") and (more := connection.recv(65_536)):
            response += more
        return response


async def test_a_content_length_over_the_limit_is_refused_before_the_body_is_sent(small: Reader) -> None:
    response = await to_thread.run_sync(
        response_to, small.url, f"Content-Type: {TYPE}\r\nContent-Length: 900000000", iter(())
    )
    assert response.startswith(b"HTTP/1.1 413")
    assert b'"code":"document_too_large"' in response


async def test_a_chunked_body_over_the_limit_is_refused_while_it_arrives(small: Reader) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for piece in chain([HEAD], repeat(b"x" * 65_536, 8_000)):
            sent += len(piece)
            yield b"%x\r\n%s\r\n" % (len(piece), piece)

    headers = f"Content-Type: {TYPE}\r\nTransfer-Encoding: chunked"
    response = await to_thread.run_sync(response_to, small.url, headers, endless())
    assert response.startswith(b"HTTP/1.1 413")
    assert sent < 50_000_000


async def test_a_malformed_form_is_a_client_error(small: Reader) -> None:
    await when_ready(small.http, small.url)  # FastAPI changes the warning filters while it starts in its thread
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # Starlette leaves the file of an unfinished part open
        for body in (b"", b"garbage", HEAD, HEAD + b"text without an end"):
            response = await small.http.post(f"{small.url}/documents", content=body, headers={"Content-Type": TYPE})
            assert response.status_code in (400, 422), body
        gc.collect()


async def test_concurrent_uploads_of_the_same_bytes_are_one_document(alone: Reader) -> None:
    responses = await asyncio.gather(*(alone.upload("The same bytes at the same time.", f"{n}.txt") for n in range(20)))
    assert sorted(response.status_code for response in responses) == [200] * 19 + [201]
    assert len({response.json()["id"] for response in responses}) == 1
    [document] = (await alone.get("/documents"))["documents"]
    assert len(await alone.hits("the same bytes", top_k=50)) == document["chunks"] == 1
