"""Slow readers: `python -m mystack.load.readers URL BODY COUNT` opens streams and reads a few bytes per second of each.

Prints the number of open streams, and ends with its input. It requests the smallest receive buffers, so that unread
data stays in the server.
"""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from mystack.bench.load import request
from mystack.bench.streams import BATCH, FIRST_TOKEN_SECONDS, allow_descriptors

BUFFER = 4096
READ_BYTES = 16
PAUSE = 1.0


@contextmanager
def slow_readers(url: str, body: object, count: int) -> Iterator[int]:
    """`count` slow readers of /chat/stream in another process; yields how many have received a token."""
    command = [sys.executable, "-m", "mystack.load.readers", url, json.dumps(body), str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("Popen was called with pipes")
        yield int(process.stdout.readline())
        process.stdin.close()


async def _open(url: str, body: bytes) -> socket.socket | None:
    address = urlsplit(url)
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    client.setblocking(False)
    try:
        async with asyncio.timeout(FIRST_TOKEN_SECONDS):
            await loop.sock_connect(client, (address.hostname, address.port))
            await loop.sock_sendall(client, request(address.netloc, "/chat/stream", body))
            received = b""
            while b"event: token" not in received:
                received += (piece := await loop.sock_recv(client, BUFFER))
                if not piece:
                    raise ConnectionResetError
    except (OSError, TimeoutError):
        client.close()
        return None
    return client


async def _read_slowly(client: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    try:
        while await loop.sock_recv(client, READ_BYTES):  # noqa: ASYNC110 - slow on purpose
            await asyncio.sleep(PAUSE)
    except OSError:
        pass  # the server closed the connection


async def _read(url: str, body: bytes, count: int) -> None:
    opened: list[socket.socket | None] = []
    while len(opened) < count:
        opened += await asyncio.gather(*(_open(url, body) for _ in range(min(BATCH, count - len(opened)))))
    reading = [asyncio.create_task(_read_slowly(client)) for client in opened if client]
    sys.stdout.write(f"{len(reading)}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)


if __name__ == "__main__":
    allow_descriptors(4096)
    asyncio.run(_read(sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])))
