"""The generator: `python -m mystack.load.calls` reads a plan from its input, and writes what came of each call.

A process of its own over bare asyncio protocols, as `mystack.bench.load` is and for the same reason. Open-loop: a call
goes out when it is due, whether or not the ones before have been answered, and its time counts from when it was due.
So a server that slows down does not slow its clients down, which would hide how slow it is.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from urllib.parse import urlsplit

from mystack.bench.load import LENGTH, request
from mystack.bench.streams import allow_descriptors

MOST_CONNECTIONS = 2_000
PATIENCE = 15.0
"""Seconds after which a call has failed."""
RETRY_AFTER = re.compile(rb"\r\nretry-after: *\d+\r\n", re.IGNORECASE)
NO_ANSWER = 0


@dataclass(frozen=True)
class Call:
    """A POST."""

    path: str
    body: str


@dataclass(frozen=True)
class Result:
    """What came of a call: `status` 0 for none; `seconds` from when it was due to the end of its answer."""

    path: str
    status: int
    seconds: float
    retry_after: bool


def call(url: str, calls: Sequence[Call], *, rate: float | None = None, users: int = 0) -> list[Result]:
    """Make all calls from another process: `rate` a second, as chance has it, or by so many users, one after another.

    Raises `subprocess.TimeoutExpired` when that takes far longer than it should.
    """
    plan = {"url": url, "calls": [asdict(it) for it in calls], "rate": rate, "users": users}
    command = [sys.executable, "-m", "mystack.load.calls"]
    seconds = (len(calls) / rate if rate else 120.0) + 4 * PATIENCE
    done = subprocess.run(
        command, input=json.dumps(plan), stdout=subprocess.PIPE, text=True, check=True, timeout=seconds
    )
    return [Result(*row) for row in json.loads(done.stdout)]


class Connection(asyncio.Protocol):
    """One connection: a call at a time, until the server closes it."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[bytes] = self.loop.create_future()
        self.buffer = b""
        self.open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what we write to."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Take a piece of an answer; the future gets its head when it is whole."""
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if separator and length and len(body) >= int(length[1]) and not self.answer.done():
            self.open = b"\r\nconnection: close" not in head.lower()
            self.answer.set_result(head + b"\r\n")

    def connection_lost(self, error: Exception | None) -> None:
        """The server closed the connection: an open call gets no answer."""
        self.open = False
        if not self.answer.done():
            self.answer.set_result(b"")

    async def ask(self, message: bytes) -> bytes:
        """The head of the answer; empty for none."""
        self.buffer, self.answer = b"", self.loop.create_future()
        self.transport.write(message)
        return await self.answer


class Generator:
    """Calls over as many connections as are needed at once; an idle one is used again."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self.host, self.port = address.hostname or "", address.port or 80
        self.name = address.netloc
        self.idle: list[Connection] = []
        self.places = asyncio.Semaphore(MOST_CONNECTIONS)

    async def call(self, path: str, body: str, due: float) -> Result:
        """One call, that was due at that time."""
        head = b""
        try:
            async with asyncio.timeout(PATIENCE), self.places:
                connection = await self._connection()
                head = await connection.ask(request(self.name, path, body.encode()))
        except (OSError, TimeoutError):
            pass  # no answer: status 0
        else:
            if connection.open:
                self.idle.append(connection)
        status = int(head[9:12]) if head else NO_ANSWER
        return Result(path, status, time.perf_counter() - due, bool(RETRY_AFTER.search(head)))

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
    for it in calls:
        due += chance.expovariate(rate)
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        tasks.append(asyncio.create_task(generator.call(it.path, it.body, due)))
    return await asyncio.gather(*tasks)


async def _by_users(generator: Generator, calls: Sequence[Call], users: int) -> list[Result]:
    waiting = iter(calls)

    async def user() -> list[Result]:
        return [await generator.call(it.path, it.body, time.perf_counter()) for it in waiting]

    return [result for results in await asyncio.gather(*(user() for _ in range(users))) for result in results]


async def _run(url: str, calls: Sequence[Call], rate: float | None, users: int) -> list[Result]:
    generator = Generator(url)
    return await (_at_rate(generator, calls, rate) if rate else _by_users(generator, calls, users))


if __name__ == "__main__":
    allow_descriptors(2 * MOST_CONNECTIONS)
    plan = json.load(sys.stdin)
    results = asyncio.run(_run(plan["url"], [Call(**it) for it in plan["calls"]], plan["rate"], plan["users"]))
    json.dump([(it.path, it.status, it.seconds, it.retry_after) for it in results], sys.stdout)
