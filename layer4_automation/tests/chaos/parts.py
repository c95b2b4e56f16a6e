"""The parts of an installation, each of which can be killed and started again at the same address."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import redis

from mystack import postgres, valkey
from mystack.child import Child
from mystack.datafolder import locked
from mystack.embedded import free_port
from tests.needs import as_service, made_ready
from tests.servers.running import eventually

LAYER = Path(__file__).parents[2]
LEASE_SECONDS, JOB_SECONDS = 5, 8


@dataclass
class Part:
    """A process that `start` starts."""

    start: Callable[[], Child]
    child: Child | None = None

    def run(self) -> None:
        self.child = self.start()

    def kill(self) -> None:
        """SIGKILL for its whole group, at once."""
        if self.child:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.stop()
            self.child = None

    def stop(self) -> None:
        if self.child:
            self.child.stop()
            self.child = None

    def ended(self) -> bool:
        return self.child is not None and self.child.status is not None


@dataclass
class Installation:
    """A service with its stores and workers; the last worker runs the jobs that have lost theirs."""

    url: str
    database_url: str
    redis_url: str
    log: Path
    postgresql: Part
    redis: Part
    service: Part
    workers: Sequence[Part]

    def flush(self) -> None:
        """Forget all messages."""
        redis.Redis.from_url(self.redis_url, socket_timeout=5).flushall()


@contextmanager
def installed(folder: Path, model: str) -> Iterator[Installation]:
    """All parts, running; stopped at the end."""
    with locked(folder) as lock, ExitStack() as stack:
        ports = [free_port() for _ in range(3)]
        log = folder / "log"
        output = stack.enter_context(log.open("ab"))

        def started_postgresql() -> Child:
            return postgres.launch(folder, lock, ports[0])[1]

        owner, first = postgres.launch(folder, lock, ports[0])
        database_url = as_service(owner)
        postgresql = Part(started_postgresql, first)
        stack.callback(postgresql.stop)
        redis_part = Part(lambda: valkey.launch(folder, lock, ports[1]))
        redis_part.run()
        stack.callback(redis_part.stop)
        made_ready(database_url)
        env = os.environ | {
            "DATABASE_URL": database_url,
            "REDIS_URL": valkey.url(folder, ports[1]),
            "EMBEDDING_PATH": model,
            "LLM_PROVIDER": "extractive",
            "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "JOB_SECONDS": str(JOB_SECONDS),
            "PARSE_PROCESSES": "1",
            "LOG_LEVEL": "WARNING",
        }

        def process(name: str, *arguments: str) -> Part:
            part = Part(lambda: Child(name, arguments, cwd=LAYER, env=env, output=output))
            part.run()
            stack.callback(part.stop)
            return part

        service = process("service", "tests.chaos.service", str(ports[2]))
        workers = [process("worker", "tests.chaos.worker", *more) for more in ((), (), ("alone",))]
        url = f"http://127.0.0.1:{ports[2]}"
        eventually(lambda: _answers(f"{url}/health/ready"), 120)
        yield Installation(url, database_url, env["REDIS_URL"], log, postgresql, redis_part, service, workers)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, trust_env=False, timeout=5).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        time.sleep(0.1)
        return False
