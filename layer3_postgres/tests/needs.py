"""What an application of this layer cannot run without in a test: a PostgreSQL and an embedding model.

PostgreSQL is the embedded one, or the one at TEST_DATABASE_URL, whose role must be allowed to make databases. (Not at
DATABASE_URL: a test must never come upon somebody's documents because a shell happens to know where they are.)
"""

import os
import tempfile
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from api.adapters.postgres.schema.migrations import migrate
from mystack.embedded import services
from mystack.testing.memory import in_memory
from tests.models.loaded import loaded_once
from tests.models.tiny import tiny_model
from tests.servers.running import all_stopped

pytest_plugins = ["tests.library"]

Needs = Callable[[], dict[str, Any]]

ENVIRONMENT: frozenset[str] = frozenset()
"""Environment variables that the tests themselves set, for all of their processes."""
DOCUMENT_STORE = "postgresql"
"""What the health report calls the store of the documents."""
UNREACHABLE = {"database_url": "postgresql://mystack:the-secret@127.0.0.1:1/mystack"}
"""Settings that lead to such a store at an address where nobody listens."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL. An embedded one is deleted at the end, with all its databases."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with (
        tempfile.TemporaryDirectory(dir=in_memory(), prefix="mystack-tests-") as folder,
        services(3, Path(folder)) as started,
    ):
        url = started["DATABASE_URL"]
        # Nobody pulls this machine's plug: a process that is killed loses nothing that it has handed to the kernel.
        _execute(as_superuser(url), sql.SQL("ALTER SYSTEM SET fsync = off"))
        _execute(as_superuser(url), sql.SQL("SELECT pg_reload_conf()"))
        yield url
        all_stopped()  # servers that stop still use it


def as_superuser(url: str) -> str:
    """The same place in an embedded PostgreSQL, as the one who may do everything there."""
    address = urlsplit(url)
    return address._replace(netloc=f"postgres:{address.netloc.partition(':')[2]}").geturl()


def as_owner(url: str) -> str:
    """The same place, as the role that owns the tables: here the service's own."""
    return url


def as_service(url: str) -> str:
    """The same place, as the role that serves: here the one that owns the tables."""
    return url


def made_ready(url: str) -> None:
    """Give a database the schema."""
    migrate(url)


class Databases:
    """The databases of the tests. Those of a test that has ended are dropped when the next one is made: a server with
    hundreds of them takes four times as long to make one."""

    def __init__(self) -> None:
        self._current: list[str] = []
        self._ended: list[str] = []
        self._kept: list[str] = []

    def make(self, server: str, template: str = "/template1") -> str:
        """A database with nothing in it, or with what another one has in it; gives its address."""
        name, original = f"test_{uuid.uuid4().hex}", urlsplit(template).path[1:]
        with psycopg.connect(server, autocommit=True) as connection:
            self._drop_ended(connection)
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(original)))
        self._current.append(name)
        return urlsplit(server)._replace(path=f"/{name}").geturl()

    def end_test(self) -> None:
        self._ended += self._current
        self._current.clear()

    def keep(self) -> None:
        """What was made until now serves several tests."""
        self._kept += self._current
        self._current.clear()

    def drop_all(self, server: str) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            for name in self._current + self._ended + self._kept:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _drop_ended(self, connection: psycopg.Connection) -> None:
        """All but those that a server, which may still be stopping, is connected to."""
        query = "SELECT datname FROM pg_stat_activity WHERE datname IS NOT NULL"
        used = {name for (name,) in connection.execute(query)} if self._ended else set()
        for name in set(self._ended) - used:
            with suppress(psycopg.errors.ObjectInUse):
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
                self._ended.remove(name)


databases = Databases()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
    value = yield
    if fixturedef.scope != "function":
        databases.keep()
    return value


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    yield
    databases.end_test()


@pytest.fixture(scope="session")
def new_database(postgresql: str) -> Iterator[Callable[..., str]]:
    """Makes a database with nothing in it, or what another one has in it, at each call; gives its address."""
    yield lambda template="/template1": databases.make(postgresql, template)
    if "TEST_DATABASE_URL" in os.environ:
        databases.drop_all(postgresql)


@pytest.fixture(scope="session")
def stores(new_database: Callable[..., str]) -> Needs:
    """Settings that lead to a database with no document in it, at each call."""
    empty = new_database()
    made_ready(empty)
    return lambda: {"database_url": new_database(empty)}


@pytest.fixture(scope="session")
def needs(stores: Needs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Needs]:
    """Settings for one application at each call: an empty database, and a model that is loaded in no time.

    Documents are not asked unless a test says so: what could be asked before there were any is answered as it was.
    """
    model = tiny_model(tmp_path_factory.mktemp("model") / "tiny")
    with loaded_once():
        yield lambda: stores() | {"embedding_path": model, "parse_processes": 1, "use_rag": False}


def _execute(url: str, statement: sql.SQL | sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
