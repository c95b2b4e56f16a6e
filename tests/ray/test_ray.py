"""The embedding model in Ray Serve: the same answers, and no request is lost while replicas die or are replaced."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import pytest

from mystack.fresh import fresh_server
from tests.cli.processes import until
from tests.ray.conftest import LAYER, Models, on_request, patient
from tests.ray.load import under_load

pytestmark = [on_request, patient]

TEXTS = [
    "The library opens at nine.",
    "Wann öffnet die Bibliothek?",
    "x",
    "A longer paragraph, which says a few things about cats, libraries and opening hours. " * 8,
]


def post(url: str, body: dict[str, Any]) -> Any:
    answer = httpx2.post(url, json=body, trust_env=False, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def vectors(base: str, texts: list[str]) -> Any:
    return np.array([each["embedding"] for each in post(f"{base}/embeddings", {"input": texts})["data"]])


@pytest.fixture(scope="module")
def layer(models: Models) -> Iterator[str]:
    """The layer whose questions the server embeds, and nobody else: without it they would get 503."""
    with fresh_server(LAYER, {"EMBEDDING_URL": models.url, "EMBEDDING_FALLBACK": "false"}) as server:
        until(lambda: health(server.url)["status"] == "ok", 60, "the server of models is compared")
        yield server.url


def health(url: str) -> dict[str, Any]:
    dependencies = httpx2.get(f"{url}/health", trust_env=False).json()["dependencies"]
    return next(each for each in dependencies if each["name"] == "embedding_server")


def test_its_vectors_are_those_of_the_model_in_the_process(models: Models) -> None:
    with fresh_server(LAYER) as server:
        local = vectors(f"{server.url}/v1", TEXTS)
    remote = vectors(models.url, TEXTS)
    assert remote.shape == local.shape == (len(TEXTS), 384)
    assert np.einsum("ij,ij->i", remote, local).min() > 0.999  # eight bits round with the length of the batch


def test_it_lists_its_models_and_reranks(models: Models) -> None:
    listed = httpx2.get(f"{models.url}/models", trust_env=False).json()["data"]
    assert [each["id"].split("/")[1] for each in listed] == ["openvino-int8", "late-interaction"]
    body = {"query": "When does the library open?", "documents": ["Cats sleep.", TEXTS[0], "Paris."], "top_n": 2}
    results = post(f"{models.url}/rerank", body)["results"]
    assert results[0]["index"] == 1
    assert results[0]["relevance_score"] > results[1]["relevance_score"]


def test_errors_are_in_openais_format(models: Models) -> None:
    for body, code in [({"input": "word " * 300}, "text_too_long"), ({"input": "x", "model": "y"}, "model_not_found")]:
        answer = httpx2.post(f"{models.url}/embeddings", json=body, trust_env=False, timeout=60)
        assert answer.json()["error"]["code"] == code


def test_the_layer_answers_with_its_vectors(models: Models, layer: str) -> None:
    assert "runs the same model" in health(layer)["reason"]
    np.testing.assert_allclose(vectors(f"{layer}/v1", TEXTS[:1]), vectors(models.url, TEXTS[:1]), atol=1e-3)


@pytest.mark.parametrize("deployment", ["embedder", "gateway"])
def test_a_replica_that_is_killed_under_load_loses_no_question(models: Models, layer: str, deployment: str) -> None:
    until(lambda: len(models.replicas(deployment)) == 2, 60, "both replicas run")
    killed = models.replicas(deployment)[0]

    def happening() -> None:
        os.kill(killed, signal.SIGKILL)
        until(lambda: len(set(models.replicas(deployment)) - {killed}) == 2, 60, "it was replaced")

    load = under_load(layer, happening)
    print(f"{deployment} killed: {load.answered} answers, the slowest after {load.slowest:.2f} s")  # noqa: T201 - pytest -s
    assert load.failures == []
    assert load.answered > 50


def test_a_rolling_update_under_load_loses_no_question(models: Models, layer: str) -> None:
    before = {pid for name in ("embedder", "gateway") for pid in models.replicas(name)}

    def happening() -> None:
        models.update()
        models.says("updated")

    load = under_load(layer, happening)
    after = {pid for name in ("embedder", "gateway") for pid in models.replicas(name)}
    print(f"update: {load.answered} answers, the slowest after {load.slowest:.2f} s")  # noqa: T201 - pytest -s
    assert not before & after
    assert load.failures == []
    assert load.answered > 50
