"""What an application of this layer cannot run without in a test: a PostgreSQL and an embedding model.

PostgreSQL is the embedded one, or the one at TEST_DATABASE_URL, whose role must be allowed to make databases. (Not at
DATABASE_URL: a test must never come upon somebody's documents because a shell happens to know where they are.)
"""

import os
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from api.adapters.openvino_model import graph_of
from mystack.embedded import services
from tests.models.tiny import tiny_model

pytest_plugins = ["tests.library"]

Needs = Callable[[], dict[str, Any]]


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL."""
    given = {"DATABASE_URL": os.environ.get("TEST_DATABASE_URL", "")}
    with services(3, tmp_path_factory.mktemp("stores"), given) as started:
        yield (given | started)["DATABASE_URL"]


@pytest.fixture(scope="session")
def stores(postgresql: str) -> Iterator[Needs]:
    """Settings that lead to a database with nothing in it, at each call."""
    made: list[str] = []

    def fresh() -> dict[str, Any]:
        made.append(f"test_{uuid.uuid4().hex}")
        _execute(postgresql, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(made[-1])))
        return {"database_url": urlsplit(postgresql)._replace(path=f"/{made[-1]}").geturl()}

    yield fresh
    for name in made:
        _execute(postgresql, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def needs(stores: Needs, tmp_path_factory: pytest.TempPathFactory) -> Needs:
    """Settings for one application at each call: an empty database, and a model that is loaded in no time.

    Documents are not asked unless a test says so: what could be asked before there were any is answered as it was.
    """
    model = tiny_model(tmp_path_factory.mktemp("model") / "tiny")
    embedding = {"embedding_path": model, "embedding_cache": tmp_path_factory.mktemp("graphs")}
    graph_of(model, embedding["embedding_cache"])  # now, and not while the first test counts the seconds
    return lambda: stores() | embedding | {"parse_processes": 1, "use_rag": False}


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
