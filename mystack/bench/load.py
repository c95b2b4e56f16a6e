"""The load generator: `python -m mystack.bench.load URL PATH BODY USERS SECONDS`, closed-loop.

A process of its own that speaks HTTP/1.1 over bare asyncio protocols: on a small machine an ordinary client costs as
much as the server it measures. Prints one JSON object.
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
    """Answers with status 200, all others as failures, and latencies in seconds."""

    answers: int
    failures: int
    per_second: float
    median: float
    p95: float


def load(url: str, path: str, body: object, *, users: int, seconds: float) -> Load:
    """POST `body` repeatedly from `users` concurrent clients for `seconds`, in another process."""
    arguments = [url, path, json.dumps(body), str(users), str(seconds)]
    command = [sys.executable, "-m", "mystack.bench.load", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 120)
    return Load(**json.loads(done.stdout))


def request(host: str, path: str, body: bytes) -> bytes:
    """A POST request on a persistent connection."""
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class User(asyncio.Protocol):
    """Sends a request, reads the whole response, and repeats until the time is up."""

    transport: asyncio.Transport

    def __init__(self, request: bytes, until: float) -> None:
        self.request = request
        self.until = until
        self.times: list[float] = []
        self.failures = 0
        self.done = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Collect the response; send the next request when it is complete."""
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not separator or (length and len(body) < int(length[1])):
            return
        self.times.append(time.perf_counter() - self.sent)
        self.failures += not head.startswith(b"HTTP/1.1 200")
        if time.perf_counter() < self.until:
            self._send()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Count the pending request as failed if the server closed the connection before the time was up."""
        self.failures += time.perf_counter() < self.until
        self.done.set_result(None)

    def _send(self) -> None:
        self.buffer = b""
        self.sent = time.perf_counter()
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
