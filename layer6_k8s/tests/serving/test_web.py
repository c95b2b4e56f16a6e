"""The API of the server of models, without Ray: a model in this process answers for the replicas."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager

import httpx2
import numpy as np
import openai
import pytest

from api.adapters.embedding.late_interaction import LateInteraction
from api.errors import NotReady
from api.services.embedding.embeddings import Embeddings
from api.services.embedding.encoder_threads import Purpose
from serving.models import Chosen, Embedded, ReplicatedEncoders, embedded, encoder_of
from serving.web import application
from tests.embeddings.fake_encoder import DIMENSION, FakeEncoder
from tests.models.tiny import minilm_folder

MINILM = "sentence-transformers/all-MiniLM-L6-v2"


class InProcess:
    """The ports `Replicas` and `Rerankers`, without replicas."""

    def __init__(self) -> None:
        self.encoder = FakeEncoder()
        self.reranker = LateInteraction(MINILM, minilm_folder())
        self.reranker.load()

    async def embed(self, texts: Sequence[str]) -> Embedded:
        (found,) = await embedded(self.encoder, [texts])
        return found

    async def describe(self) -> tuple[str, int]:
        return self.encoder.space, self.encoder.dimension

    async def score(self, question: str, texts: Sequence[str]) -> tuple[str, list[float]]:
        return self.reranker.name, self.reranker.scores(question, texts)


@pytest.fixture(scope="module")
def replicas() -> InProcess:
    return InProcess()


@pytest.fixture
async def client(
    replicas: InProcess, start: Callable[..., AbstractContextManager[str]], http: httpx2.AsyncClient
) -> AsyncIterator[openai.AsyncOpenAI]:
    encoders = ReplicatedEncoders(replicas, Chosen(path=str(minilm_folder())))
    with start(application(Embeddings(encoders), replicas)) as url:
        yield openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", http_client=http, max_retries=0)


async def test_openais_client_gets_the_models_vectors(client: openai.AsyncOpenAI) -> None:
    texts = ["one cat", "two dogs", "a sentence that is longer than the others"]
    response = await client.embeddings.create(model="fake", input=texts)
    found = np.array([each.embedding for each in response.data])
    np.testing.assert_allclose(found, FakeEncoder().encode(texts), atol=1e-6)
    assert response.model == FakeEncoder.space


async def test_it_lists_the_embedder_and_the_reranker(client: openai.AsyncOpenAI) -> None:
    names = [model.id async for model in client.models.list()]
    assert names == [FakeEncoder.space, "all-MiniLM-L6-v2@53aa51172d14/late-interaction/384"]


async def test_errors_are_in_openais_format(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="Unknown embedding model 'gpt'"):
        await client.embeddings.create(model="gpt", input="x")
    with pytest.raises(openai.BadRequestError, match="is empty"):
        await client.embeddings.create(model="fake", input="")


async def test_with_a_key_nobody_else_is_answered(
    replicas: InProcess, start: Callable[..., AbstractContextManager[str]], http: httpx2.AsyncClient
) -> None:
    encoders = ReplicatedEncoders(replicas, Chosen(path=str(minilm_folder())))
    with start(application(Embeddings(encoders), replicas, "right-key")) as url:
        for key, status in [("right-key", 200), ("wrong", 401), ("ü", 401)]:
            headers = {b"Authorization": f"Bearer {key}".encode()}
            answers = [
                await http.post(f"{url}/v1/embeddings", json={"input": "x"}, headers=headers),
                await http.post(f"{url}/v1/rerank", json={"query": "x", "documents": ["y"]}, headers=headers),
                await http.get(f"{url}/v1/models", headers=headers),
            ]
            assert [answer.status_code for answer in answers] == [status] * 3
        assert (await http.post(f"{url}/v1/embeddings", json={"input": "x"})).status_code == 401
        assert (await http.get(f"{url}/health")).status_code == 200


async def test_the_passage_that_answers_comes_first(client: openai.AsyncOpenAI) -> None:
    documents = ["Cats sleep all day.", "The library opens at nine.", "Paris is in France."]
    body = {"query": "When can I visit the library?", "documents": documents, "top_n": 2}
    answer = await client.post("/rerank", body=body, cast_to=httpx2.Response)
    results = answer.json()["results"]
    assert results[0]["index"] == 1
    assert len(results) == 2
    assert results[0]["relevance_score"] > results[1]["relevance_score"] > -1


async def test_several_requests_are_computed_together_and_parted_again() -> None:
    requests = [["one cat"], ["two dogs", "three birds"], ["a longer text about cats, dogs and birds"]]
    found = await embedded(FakeEncoder(), requests)
    assert [each.vectors.shape for each in found] == [(1, DIMENSION), (2, DIMENSION), (1, DIMENSION)]
    for each, texts in zip(found, requests, strict=True):
        np.testing.assert_allclose(each.vectors, FakeEncoder().encode(texts), atol=1e-6)


async def test_a_model_that_is_replaced_meanwhile_is_503_and_then_known(replicas: InProcess) -> None:
    encoders = ReplicatedEncoders(replicas, Chosen(path=str(minilm_folder())))
    await encoders.encode(Purpose.QUESTION, ["x"])
    replicas.encoder.space = "fake@2/fp32/64"
    try:
        with pytest.raises(NotReady, match="Send it again"):
            await encoders.encode(Purpose.QUESTION, ["x"])
        assert (await encoders.encode(Purpose.QUESTION, ["x"])).shape == (1, DIMENSION)
        assert encoders.loaded().space == "fake@2/fp32/64"
    finally:
        replicas.encoder.space = FakeEncoder.space


def test_an_unknown_backend_is_named() -> None:
    with pytest.raises(ValueError, match="unknown backend 'torch-fp32'; there are openvino-int8"):
        encoder_of(Chosen(backend="torch-fp32"))
