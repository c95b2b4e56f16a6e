"""Each layer once, under a real uvicorn, with an API key and log level DEBUG."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import schemathesis
from schemathesis.schemas import APIOperation

from mystack.fresh import clean_environment
from mystack.fuzz import hooks  # noqa: F401 - registers itself
from mystack.fuzz.app import API_KEY
from mystack.project import all_layers
from mystack.server import Server, serving

OPENAI_API_KEY = "a-key-for-a-remote-model"


@dataclass(frozen=True)
class Target:
    """A running layer and its log."""

    server: Server
    log: Path

    @property
    def url(self) -> str:
        return self.server.url


@pytest.fixture(scope="session", params=all_layers(), ids=lambda layer: f"layer {layer.number}")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    env = clean_environment() | {"API_KEY": API_KEY, "OPENAI_API_KEY": OPENAI_API_KEY, "LOG_LEVEL": "DEBUG"}
    with tempfile.TemporaryDirectory(prefix="mystack-fuzz-") as folder:
        log = Path(folder) / "layer.log"
        with log.open("wb") as output, serving(request.param, Path(folder), env=env, output=output) as server:
            yield Target(server, log)


@pytest.fixture(scope="session")
def operations(target: Target) -> list[APIOperation]:
    """The operations of its OpenAPI document, but for those that need a key of their own."""
    document = httpx2.get(f"{target.url}/openapi.json", trust_env=False).json()
    for path, item in list(document["paths"].items()):
        if any("security" in operation for operation in item.values()):
            del document["paths"][path]
    return [result.ok() for result in schemathesis.openapi.from_dict(document).get_all_operations()]


@pytest.fixture(scope="session")
def client(target: Target) -> Iterator[httpx2.Client]:
    headers = {"Authorization": f"Bearer {API_KEY}"}
    with httpx2.Client(base_url=target.url, headers=headers, timeout=120, trust_env=False) as client:
        yield client
