"""The open-loop load generator: `python -m mystack.load.calls` reads a plan from its input and writes the results.

A process of its own over bare asyncio protocols, like `mystack.bench.load` and for the same reason. Each call is sent
when it is due, whether or not earlier ones have been answered, and its latency counts from that time. So a slow server
does not reduce the load, which would hide its latency (coordinated omission).
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from random import Random
from urllib.parse import urlsplit

from mystack.bench.load import LENGTH, request
from mystack.bench.streams import allow_descriptors

MAX_CONNECTIONS = 2_000
TIMEOUT_SECONDS = 15.0
RETRY_AFTER = re.compile(rb"\r\nretry-after: *\d+\r\n", re.IGNORECASE)
NO_ANSWER = 0


@dataclass(frozen=True)
class Call:
    """A POST request."""

    path: str
    body: str


@dataclass(frozen=True)
class Result:
    """The result of a call. `status` is 0 without a response; `seconds` counts from its due time to the end.

    `due` is that time, in seconds since the load began.
    """

    path: str
    status: int
    seconds: float
    retry_after: bool
    due: float


def call(url: str, calls: Sequence[Call], *, rate: float | None = None, users: int = 0) -> list[Result]:
    """Make all calls from another process: `rate` per second (Poisson), or one after another by each of `users`.

    Raises `subprocess.TimeoutExpired`.
    """
    plan = {"url": url, "calls": [asdict(one) for one in calls], "rate": rate, "users": users}
    command = [sys.executable, "-m", "mystack.load.calls"]
    seconds = (len(calls) / rate if rate else 120.0) + 4 * TIMEOUT_SECONDS
    done = subprocess.run(
        command, input=json.dumps(plan), stdout=subprocess.PIPE, text=True, check=True, timeout=seconds
    )
    return [Result(*row) for row in json.loads(done.stdout)]


class Connection(asyncio.Protocol):
    """A persistent connection with one call at a time."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[bytes] = self.loop.create_future()
        self.buffer = b""
        self.open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Collect the response; resolve the future with its head when it is complete."""
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if separator and length and len(body) >= int(length[1]) and not self.answer.done():
            self.open = b"\r\nconnection: close" not in head.lower()
            self.answer.set_result(head + b"\r\n")

    def connection_lost(self, error: Exception | None) -> None:
        """The server closed the connection: a pending call gets no response."""
        self.open = False
        if not self.answer.done():
            self.answer.set_result(b"")

    async def send(self, message: bytes) -> bytes:
        """The head of the response; empty without one."""
        self.buffer, self.answer = b"", self.loop.create_future()
        self.transport.write(message)
        return await self.answer


class Generator:
    """Calls over a pool of connections that grows on demand."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self.host, self.port = address.hostname or "", address.port or 80
        self.name = address.netloc
        self.idle: list[Connection] = []
        self.slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self.begun = time.perf_counter()

    async def call(self, path: str, body: str, due: float) -> Result:
        """One call; its latency counts from `due`."""
        head = b""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), self.slots:
                connection = await self._connection()
                head = await connection.send(request(self.name, path, body.encode()))
        except (OSError, TimeoutError):
            pass  # no response: status 0
        else:
            if connection.open:
                self.idle.append(connection)
        status = int(head[9:12]) if head else NO_ANSWER
        seconds = time.perf_counter() - due
        return Result(path, status, seconds, bool(RETRY_AFTER.search(head)), due - self.begun)

    async def _connection(self) -> Connection:
        while self.idle:
            connection = self.idle.pop()
            if connection.open:
                return connection
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Connection, self.host, self.port))[1]


async def _at_rate(generator: Generator, calls: Sequence[Call], rate: float) -> list[Result]:
    chance = Random(4)
    tasks = []
    due = time.perf_counter()
    for one in calls:
        due += chance.expovariate(rate)
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        tasks.append(asyncio.create_task(generator.call(one.path, one.body, due)))
    return await asyncio.gather(*tasks)


async def _by_users(generator: Generator, calls: Sequence[Call], users: int) -> list[Result]:
    waiting = iter(calls)

    async def user() -> list[Result]:
        return [await generator.call(one.path, one.body, time.perf_counter()) for one in waiting]

    return [result for results in await asyncio.gather(*(user() for _ in range(users))) for result in results]


async def _run(url: str, calls: Sequence[Call], rate: float | None, users: int) -> list[Result]:
    generator = Generator(url)
    return await (_at_rate(generator, calls, rate) if rate else _by_users(generator, calls, users))


if __name__ == "__main__":
    allow_descriptors(2 * MAX_CONNECTIONS)
    plan = json.load(sys.stdin)
    results = asyncio.run(_run(plan["url"], [Call(**one) for one in plan["calls"]], plan["rate"], plan["users"]))
    json.dump([astuple(one) for one in results], sys.stdout)
