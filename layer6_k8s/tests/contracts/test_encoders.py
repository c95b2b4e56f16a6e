"""The contract of the Encoders port: the model in this process, and on servers beside it, one of which is ours."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager

import numpy as np
import pytest

from api.adapters.llm.breaker import Breaker
from api.adapters.remote.embedder import RemoteEncoders
from api.adapters.remote.server import EmbeddingServer, embedding_client
from api.services.embedding.embeddings import Embeddings, Encoders
from api.services.embedding.encoder_threads import EncoderThreads, Purpose
from serving.web import application
from tests.embeddings.embedding_server import KEY, EmbeddingDouble
from tests.embeddings.fake_encoder import DIMENSION, FakeEncoder

Start = Callable[..., AbstractContextManager[str]]
TEXTS = ["one cat", "two dogs", "one cat", "a longer text about a cat and two dogs"]


@asynccontextmanager
async def remote_encoders(url: str, local: Encoders) -> AsyncIterator[Encoders]:
    async with embedding_client(url, KEY) as client:
        server = EmbeddingServer(client, "fake")
        async with RemoteEncoders(local, server, Breaker(server.name), seconds=5, fallback=False) as encoders:
            yield encoders


class NoRerankers:
    async def score(self, question: str, texts: Sequence[str]) -> tuple[str, list[float]]:
        raise NotImplementedError


@pytest.fixture(params=["threads", "remote", "served"])
async def encoders(request: pytest.FixtureRequest, start: Start) -> AsyncIterator[Encoders]:
    async with EncoderThreads(FakeEncoder()) as local:
        if request.param == "threads":
            yield local
            return
        served = application(Embeddings(local), NoRerankers())
        with start(served if request.param == "served" else EmbeddingDouble().app) as address:
            async with remote_encoders(f"{address}/v1", local) as remote:
                yield remote


@pytest.mark.parametrize("purpose", Purpose)
async def test_each_text_has_its_vector_of_unit_length_in_order(encoders: Encoders, purpose: Purpose) -> None:
    vectors = await encoders.encode(purpose, TEXTS)
    assert vectors.shape == (len(TEXTS), DIMENSION)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, FakeEncoder().encode(TEXTS), atol=1e-6)


async def test_the_vectors_may_be_changed_by_the_caller(encoders: Encoders) -> None:
    vectors = await encoders.encode(Purpose.QUESTION, ["one cat"])
    vectors[:] = 0
    assert (await encoders.encode(Purpose.QUESTION, ["one cat"])).any()


async def test_no_texts_are_no_vectors(encoders: Encoders) -> None:
    encoder = await encoders.encoder()
    assert encoder.dimension == DIMENSION
    assert encoders.loaded() is encoder


async def test_many_texts_at_once_each_get_their_own(encoders: Encoders) -> None:
    texts = [f"question number {n}" for n in range(100)]
    found = await asyncio.gather(*(encoders.encode(Purpose.QUESTION, [text]) for text in texts))
    np.testing.assert_allclose(np.concatenate(found), FakeEncoder().encode(texts), atol=1e-6)


async def test_more_texts_than_one_call_holds_come_back_in_order(encoders: Encoders) -> None:
    texts = [f"sentence {n} of a book" for n in range(75)]
    vectors = await encoders.encode(Purpose.DOCUMENT, texts)
    np.testing.assert_allclose(vectors, FakeEncoder().encode(texts), atol=1e-6)


async def test_a_request_that_gives_up_leaves_the_others_alone(encoders: Encoders) -> None:
    waiting = [asyncio.create_task(encoders.encode(Purpose.QUESTION, [f"text {n}"])) for n in range(10)]
    await asyncio.sleep(0)
    waiting[3].cancel()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(one, BaseException) for one in found].count(True) <= 1
    assert (await encoders.encode(Purpose.QUESTION, ["afterwards"])).shape == (1, DIMENSION)
