"""The load: `python -m mystack.bench.load URL PATH BODY USERS SECONDS` asks as fast as the answers come.

A process of its own that speaks HTTP/1.1 over bare asyncio protocols: on a small machine a comfortable client
costs as much as the server that it measures. Prints one JSON object.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """What the users saw: answers with status 200 and others; times in seconds."""

    answers: int
    failures: int
    per_second: float
    median: float
    p95: float


def load(url: str, path: str, body: object, *, users: int, seconds: float) -> Load:
    """Let so many users post `body` again and again for that long, from another process."""
    arguments = [url, path, json.dumps(body), str(users), str(seconds)]
    command = [sys.executable, "-m", "mystack.bench.load", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 120)
    return Load(**json.loads(done.stdout))


def request(host: str, path: str, body: bytes) -> bytes:
    """A POST that keeps its connection."""
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class User(asyncio.Protocol):
    """Asks, reads the whole answer, asks again, until the time is up."""

    transport: asyncio.Transport

    def __init__(self, request: bytes, until: float) -> None:
        self.request = request
        self.until = until
        self.times: list[float] = []
        self.failures = 0
        self.done = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Take a piece of an answer."""
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not separator or (length and len(body) < int(length[1])):
            return
        self.times.append(time.perf_counter() - self.asked)
        self.failures += not head.startswith(b"HTTP/1.1 200")
        if time.perf_counter() < self.until:
            self._ask()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """The time is up, or the server closed the connection: then the open question counts as failed."""
        self.failures += time.perf_counter() < self.until
        self.done.set_result(None)

    def _ask(self) -> None:
        self.buffer = b""
        self.asked = time.perf_counter()
        self.transport.write(self.request)


async def _run(url: str, path: str, body: str, users: int, seconds: float) -> Load:
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or 80
    message = request(address.netloc, path, body.encode())
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    connected = [
        await loop.create_connection(lambda: User(message, started + seconds), host, port) for _ in range(users)
    ]
    everyone = [user for _, user in connected]
    await asyncio.gather(*(user.done for user in everyone))
    spent = time.perf_counter() - started
    times = sorted(t for user in everyone for t in user.times)
    failures = sum(user.failures for user in everyone)
    answers = len(times) - failures
    return Load(answers, failures, answers / spent, times[len(times) // 2], times[int(len(times) * 0.95)])


if __name__ == "__main__":
    result = asyncio.run(_run(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])))
    sys.stdout.write(json.dumps(asdict(result)))
