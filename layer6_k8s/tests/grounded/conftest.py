"""Documents, and a language model that answers what the test sets."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from api.config import Settings
from api.main import create_app
from tests.library import Reader, ready
from tests.models.tiny import minilm_folder

BRIDGE = (
    "The Svindersund bridge was opened in 1946. It is 420 metres long. "
    "Its architect was Karin Holm, who also drew the town hall.\n"
)
FERRY = "Before there was a bridge, the ferry Vega crossed the Svindersund twelve times a day.\n"


@pytest.fixture(scope="module")
def served(settings: Callable[..., Settings], start: Callable[..., Any]) -> Iterator[tuple[Any, str]]:
    """The model server, and the address of the layer that uses it."""
    from tests.servers.ollama import OllamaServer

    ollama = OllamaServer()
    with start(ollama.app) as ollama.url:
        app = create_app(
            settings(llm_provider="ollama", ollama_url=ollama.url, embedding_path=minilm_folder(), use_rag=True)
        )
        with start(app) as url:
            with httpx2.Client(base_url=url, trust_env=False, timeout=60) as client:
                for name, text in (("bridge.txt", BRIDGE), ("ferry.txt", FERRY)):
                    ready(client, client.post("/documents", files={"file": (name, text.encode())}))
            yield ollama, url


@pytest.fixture
def model(served: tuple[Any, str]) -> Any:
    """The model server. `model.words`: its next answer; `model.chats`: the requests of this test."""
    ollama, _ = served
    ollama.words, ollama.behaviour, ollama.windows = (
        ("Nothing.",),
        "normal",
        {"tiny:latest": 8192, "small:latest": 2048},
    )
    ollama.chats.clear()
    return ollama


@pytest.fixture
def asker(http: httpx2.AsyncClient, served: tuple[Any, str]) -> Reader:
    return Reader(http, served[1])


def prompt_of(model: Any) -> str:
    """The last message of the last request to the model."""
    return str(model.chats[-1]["messages"][-1]["content"])


@pytest.fixture
def served_by_script(
    http: httpx2.AsyncClient, serve: Callable[..., str], scripted: Any
) -> Iterator[tuple[Any, Reader]]:
    """A scripted model, and a client of a layer of its own that uses it."""
    url = serve(**scripted.settings, embedding_path=minilm_folder(), use_rag=True)
    with httpx2.Client(base_url=url, trust_env=False, timeout=60) as client:
        ready(client, client.post("/documents", files={"file": ("bridge.txt", BRIDGE.encode())}))
    yield scripted, Reader(http, url)
    scripted.release()
