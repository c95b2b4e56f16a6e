"""What an application of this layer cannot run without in a test: two stores and an embedding model.

The stores are the embedded ones, or those at TEST_MONGODB_URL and TEST_QDRANT_URL. (Not at MONGODB_URL: a test must
never come upon somebody's documents because a shell happens to know where they are.)
"""

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from mystack.embedded import services
from tests.models.loaded import loaded_once
from tests.models.tiny import tiny_model

pytest_plugins = ["tests.library"]

Needs = Callable[[], dict[str, Any]]

ENVIRONMENT: frozenset[str] = frozenset()
"""Environment variables that the tests themselves set, for all of their processes."""
DOCUMENT_STORE = "mongodb"
"""What the health report calls the store of the documents."""
UNREACHABLE = {"mongodb_url": "mongodb://127.0.0.1:1"}
"""Settings that lead to such a store at an address where nobody listens."""


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Needs]:
    """Settings that lead to two stores with nothing in them, at each call."""
    given = {name: os.environ.get(f"TEST_{name}", "") for name in ("MONGODB_URL", "QDRANT_URL")}
    folder = tmp_path_factory.mktemp("stores")
    with services(2, folder, given) as started:
        yield lambda: fresh(folder, given | started)


@pytest.fixture(scope="session")
def needs(stores: Needs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Needs]:
    """Settings for one application at each call: empty stores, and a model that is loaded in no time.

    Documents are not asked unless a test says so: what could be asked before there were any is answered as it was.
    """
    model = tiny_model(tmp_path_factory.mktemp("model") / "tiny")
    with loaded_once():
        yield lambda: stores() | {"embedding_path": model, "parse_processes": 1, "use_rag": False}


def fresh(folder: Path, servers: Mapping[str, str]) -> dict[str, Any]:
    name = f"test-{uuid.uuid4().hex}"
    vectors = {"qdrant_url": servers["QDRANT_URL"]} if servers["QDRANT_URL"] else {"qdrant_path": folder / name}
    return {"mongodb_url": servers["MONGODB_URL"], "mongodb_database": name, **vectors}
