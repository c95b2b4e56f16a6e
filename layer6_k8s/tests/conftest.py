"""The fixtures that most tests use, on this layer's own `api` and with default settings."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

import api
from api.config import Settings

pytest_plugins = ["tests.every_test", "tests.needs"]

LAYER = Path(__file__).resolve().parents[1]

# All layers call their package `api`: the wrong working directory would quietly test another layer.
if not Path(api.__file__).is_relative_to(LAYER):
    raise pytest.UsageError(f"these are the tests of {LAYER}, but `api` comes from {api.__file__}; run them there")

# Tests see the defaults, whatever the machine's environment says.
for name in Settings.model_fields:
    os.environ.pop(name.upper(), None)


@pytest.fixture(scope="session")
def settings(needs: Callable[[], dict[str, Any]]) -> Callable[..., Settings]:
    """Settings with the given values, what the layer needs, and otherwise the defaults, whatever a `.env` file says."""

    def make(**values: Any) -> Settings:
        return Settings(_env_file=None, **needs() | values)

    return make


@pytest.fixture(scope="session")
def start() -> Iterator[Callable[..., AbstractContextManager[str]]]:
    """Serve an ASGI application in a thread, over real sockets: `with start(app) as url`."""
    from tests.servers.running import all_stopped, running

    yield running
    all_stopped()


@pytest.fixture
def serve(settings: Callable[..., Settings], start: Callable[..., Any]) -> Iterator[Callable[..., str]]:
    """Start the layer under a real uvicorn with the given settings; gives its address."""
    from api.main import create_app

    with ExitStack() as stack:
        yield lambda **values: stack.enter_context(start(create_app(settings(**values))))


@pytest.fixture(scope="session")
def url(settings: Callable[..., Settings], start: Callable[..., Any]) -> Iterator[str]:
    """The layer with the extractive provider: one server for all tests that change nothing about it."""
    from api.main import create_app

    with start(create_app(settings(llm_provider="extractive"))) as address:
        yield address


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    # To read the certificates, which loopback does not need, takes longer than most tests.
    async with httpx2.AsyncClient(timeout=30, trust_env=False, verify=False) as client:
        yield client


@pytest.fixture
def ollama(start: Callable[..., Any]) -> Iterator[Any]:
    """A loopback server that speaks Ollama's protocol; `ollama.url` is its address."""
    from tests.servers.ollama import OllamaServer

    server = OllamaServer()
    with start(server.app) as server.url:
        yield server


@pytest.fixture
def openai_server(start: Callable[..., Any]) -> Iterator[Any]:
    """A loopback server that speaks OpenAI's protocol; `openai_server.url` is its base URL."""
    from tests.servers.openai import OpenAIServer

    server = OpenAIServer()
    with start(server.app) as address:
        server.url = f"{address}/v1"
        yield server


@pytest.fixture(scope="session")
def scripted_server(start: Callable[..., Any]) -> Iterator[Any]:
    """The server of `scripted`, for applications that serve more than one test."""
    from tests.servers.scripted import ScriptedModel

    server = ScriptedModel()
    with start(server.app) as address:
        server.url = f"{address}/v1"
        yield server


@pytest.fixture
def scripted(scripted_server: Any) -> Iterator[Any]:
    """A language model that says what the test scripts: `scripted.says("…")`; `serve(**scripted.settings)` uses it."""
    scripted_server.reset()
    yield scripted_server
    scripted_server.release()


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a tiny Hugging Face model."""
    from tests.servers.tiny_model import save_tiny_model

    folder = tmp_path_factory.mktemp("tiny_model")
    save_tiny_model(folder)
    return str(folder)
