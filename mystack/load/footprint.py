"""The resources a running layer uses, measured from outside."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mystack.bench.streams import memory
from mystack.project import Refusal
from mystack.server import Server

DATABASE_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


@dataclass(frozen=True)
class Footprint:
    """Of the layer's process: resident memory in MB, open files and sockets, threads. `database`: its connections."""

    memory: float
    descriptors: int
    threads: int
    database: int


def footprint(server: Server) -> Footprint:
    """The current footprint. Refuses a system without /proc."""
    process = Path(f"/proc/{server.app.pid}")
    if not process.is_dir():
        raise Refusal("the open files of a process are counted in /proc, which this system does not have: use Linux")
    return Footprint(
        memory=memory(server.app.pid) / 1e6,
        descriptors=len(os.listdir(process / "fd")),
        threads=len(os.listdir(process / "task")),
        database=_database_connections(server.services.settings.get("DATABASE_URL")),
    )


def settled(read: Callable[[], int], wanted: int, seconds: float = 5.0) -> int:
    """The value of `read` once it is at most `wanted`, or its last value after `seconds`."""
    deadline = time.monotonic() + seconds
    while (value := read()) > wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    return value


def _database_connections(url: str | None) -> int:
    if url is None:
        return 0
    import psycopg  # installed only for the layers that use PostgreSQL

    with psycopg.connect(url) as connection:
        row = connection.execute(DATABASE_CONNECTIONS).fetchone()
    return int(row[0]) - 1 if row else 0  # without this one
