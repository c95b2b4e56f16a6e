"""Every layer starts as `mystack run` starts it, answers, and no longer quotes a document that was deleted."""

from collections.abc import Iterator

import httpx2
import pytest

from mystack.fresh import fresh_server
from mystack.project import Layer, all_layers

FACT = "The harbour office opens at eight and closes at four."
QUESTION = {"message": "When does the harbour office open?"}


@pytest.fixture(params=all_layers(), ids=lambda layer: layer.folder.name)
def layer(request: pytest.FixtureRequest) -> Layer:
    found: Layer = request.param
    return found


@pytest.fixture
def client(layer: Layer) -> Iterator[httpx2.Client]:
    """A client of the layer, on empty stores."""
    with fresh_server(layer) as server, httpx2.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        yield client


def test_a_layer_starts_answers_and_forgets(layer: Layer, client: httpx2.Client) -> None:
    assert client.get("/health").json()["status"] == "ok"
    assert client.get("/").is_success
    if layer.number == 1:
        assert client.post("/chat", json=QUESTION).json()["response"]
        return
    uploaded = client.post("/documents/upload", files={"file": ("harbour.txt", FACT.encode())})
    assert (uploaded.status_code, uploaded.json()["status"]) == (201, "ready"), uploaded.text
    assert quotes(client) == [FACT]
    assert client.delete(f"/documents/{uploaded.json()['id']}").status_code == 204
    assert quotes(client) == []


def quotes(client: httpx2.Client) -> list[str]:
    """What the answer to the question quotes."""
    answer = client.post("/chat", json=QUESTION)
    assert answer.is_success, answer.text
    return [source["quote"] for source in answer.json()["sources"]]
