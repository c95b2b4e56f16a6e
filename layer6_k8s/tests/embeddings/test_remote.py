"""A server of embeddings beside the application that fails, lies, hangs, or comes back."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager

import numpy as np
import pytest

from api.adapters.llm import breaker
from api.adapters.llm.breaker import Breaker
from api.adapters.remote.embedder import SENTENCES, RemoteEncoders
from api.adapters.remote.server import EmbeddingServer, EmbeddingServerFailed, embedding_client
from api.services.embedding.encoder_threads import EncoderThreads, Purpose
from api.services.embedding.prefixes import NO_PREFIXES, Prefixes
from tests.embeddings.embedding_server import KEY, EmbeddingDouble
from tests.embeddings.fake_encoder import FakeEncoder

Start = Callable[..., AbstractContextManager[str]]
QUESTION = ["where is the cat?"]


@pytest.fixture
def double() -> EmbeddingDouble:
    return EmbeddingDouble()


@pytest.fixture
def url(double: EmbeddingDouble, start: Start) -> Iterator[str]:
    with start(double.app) as address:
        yield f"{address}/v1"


@asynccontextmanager
async def connected(
    url: str, *, fallback: bool = False, seconds: float = 2.0, key: str = KEY, prefixes: Prefixes = NO_PREFIXES
) -> AsyncIterator[RemoteEncoders]:
    """Encoders that have compared the server, if it can be compared."""
    async with EncoderThreads(FakeEncoder()) as local, embedding_client(url, key) as client:
        server = EmbeddingServer(client, "fake")
        async with RemoteEncoders(
            local, server, Breaker(server.name), seconds=seconds, fallback=fallback, prefixes=prefixes
        ) as encoders:
            await encoders._first
            yield encoders


async def test_it_is_compared_at_start_and_health_says_so(url: str, double: EmbeddingDouble) -> None:
    async with connected(url) as encoders:
        assert await encoders.check() == f"{encoders.server.name} runs the same model, {FakeEncoder.space}."
    assert double.calls[0] == list(SENTENCES)


async def test_the_server_is_told_what_is_a_question_where_the_model_asks_for_it(
    url: str, double: EmbeddingDouble
) -> None:
    async with connected(url, fallback=True, prefixes=Prefixes("query: ", "passage: ")) as encoders:
        await encoders.encode(Purpose.QUESTION, QUESTION)
        await encoders.encode(Purpose.DOCUMENT, QUESTION)
    assert double.calls[-2:] == [["query: where is the cat?"], ["passage: where is the cat?"]]


@pytest.mark.parametrize("failure", [500, 503, 429, "hang"])
async def test_a_question_is_asked_once_more_within_its_time(
    url: str, double: EmbeddingDouble, failure: int | str
) -> None:
    async with connected(url, seconds=1.0) as encoders:
        double.failures.append(failure)
        began = time.monotonic()
        vectors = await encoders.encode(Purpose.QUESTION, QUESTION)
        assert time.monotonic() - began < 1.0
    np.testing.assert_allclose(vectors, FakeEncoder().encode(QUESTION), atol=1e-6)


async def test_a_server_that_keeps_failing_is_503_in_plain_words(url: str, double: EmbeddingDouble) -> None:
    async with connected(url) as encoders:
        double.failures.extend([503, 503])
        with pytest.raises(EmbeddingServerFailed, match=r"^The server of embeddings at 127\.0\.0\.1:\d+ answered 503"):
            await encoders.encode(Purpose.QUESTION, QUESTION)
        with pytest.raises(EmbeddingServerFailed, match=r"is not used: .* answered 503"):
            await encoders.check()


async def test_the_model_of_this_process_answers_if_it_may(url: str, double: EmbeddingDouble) -> None:
    async with connected(url, fallback=True) as encoders:
        double.failures.extend([503, 503])
        vectors = await encoders.encode(Purpose.QUESTION, QUESTION)
        np.testing.assert_array_equal(vectors, FakeEncoder().encode(QUESTION))
        assert double.calls == [list(SENTENCES), [SENTENCES[0]]]


async def test_after_five_failures_it_is_left_alone(url: str, double: EmbeddingDouble) -> None:
    async with connected(url, fallback=True) as encoders:
        double.failures.extend([500] * 100)
        for _ in range(breaker.FAILURES):
            await encoders.encode(Purpose.QUESTION, QUESTION)
        asked = double.requests
        await encoders.encode(Purpose.QUESTION, QUESTION)
        assert double.requests == asked
        with pytest.raises(EmbeddingServerFailed, match="failed 5 times in a row"):
            await encoders.check()


async def test_a_server_that_is_back_is_compared_again(url: str, double: EmbeddingDouble) -> None:
    async with connected(url, fallback=True) as encoders:
        double.failures.extend([500, 500])
        await encoders.encode(Purpose.QUESTION, QUESTION)
        await encoders.encode(Purpose.QUESTION, QUESTION)
        assert double.calls[-2:] == [list(SENTENCES), QUESTION]


class Reversed(FakeEncoder):
    """Another model of the same dimension."""

    def encode(self, texts, purpose=Purpose.DOCUMENT):  # type: ignore[no-untyped-def]
        return np.ascontiguousarray(super().encode(texts, purpose)[:, ::-1])


async def test_another_model_under_the_same_name_is_refused_at_start(url: str, double: EmbeddingDouble) -> None:
    double.encoder, double.model = Reversed(), "fake"
    async with connected(url) as encoders:
        with pytest.raises(EmbeddingServerFailed, match=r"runs another model: .* cosine of"):
            await encoders.encode(Purpose.QUESTION, QUESTION)


async def test_another_space_is_refused_on_every_answer(url: str, double: EmbeddingDouble) -> None:
    async with connected(url) as encoders:
        double.model = "fake@2/fp32/64"
        with pytest.raises(EmbeddingServerFailed, match="embeds in fake@2/fp32/64, and this service in fake@1"):
            await encoders.encode(Purpose.QUESTION, QUESTION)


async def test_a_server_that_names_only_its_model_may_not_change_it(url: str, double: EmbeddingDouble) -> None:
    double.model = "fake"
    async with connected(url) as encoders:
        double.model = "other"
        with pytest.raises(EmbeddingServerFailed, match="changed its model from fake to other"):
            await encoders.encode(Purpose.QUESTION, QUESTION)


async def test_a_vector_of_another_length_is_refused(url: str, double: EmbeddingDouble) -> None:
    async with connected(url) as encoders:
        double.scale = 2
        with pytest.raises(EmbeddingServerFailed, match=r"a vector of length 2\.000"):
            await encoders.encode(Purpose.QUESTION, QUESTION)


@pytest.mark.parametrize("body", ["{}", "[]", "no json", '{"model": "m", "data": [{"index": 0, "embedding": "%"}]}'])
async def test_an_answer_that_is_none_is_refused(url: str, double: EmbeddingDouble, body: str) -> None:
    async with connected(url) as encoders:
        double.failures.append(body)
        with pytest.raises(EmbeddingServerFailed, match="sent no list of embeddings"):
            await encoders.encode(Purpose.QUESTION, QUESTION)


async def test_too_few_vectors_are_refused(url: str, double: EmbeddingDouble) -> None:
    async with connected(url) as encoders:
        double.failures.append('{"model": "fake@1/fp32/64", "data": []}')
        with pytest.raises(EmbeddingServerFailed, match="0 vectors for 1 texts"):
            await encoders.encode(Purpose.QUESTION, QUESTION)


async def test_lists_of_numbers_will_do(url: str, double: EmbeddingDouble) -> None:
    double.lists = True
    async with connected(url) as encoders:
        vectors = await encoders.encode(Purpose.QUESTION, QUESTION)
    np.testing.assert_allclose(vectors, FakeEncoder().encode(QUESTION), atol=1e-6)


async def test_a_wrong_key_is_named_and_never_shown(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with connected(url, key="wrong-secret") as encoders:
        with pytest.raises(EmbeddingServerFailed, match="Is EMBEDDING_API_KEY right"):
            await encoders.encode(Purpose.QUESTION, QUESTION)
    assert "wrong-secret" not in caplog.text


async def test_questions_that_come_together_share_calls(url: str, double: EmbeddingDouble) -> None:
    async with connected(url) as encoders:
        before = len(double.calls)
        texts = [f"question {n}" for n in range(64)]
        await asyncio.gather(*(encoders.encode(Purpose.QUESTION, [text]) for text in texts))
        calls = double.calls[before:]
    assert sorted(text for call in calls for text in call) == sorted(texts)
    assert len(calls) <= 6  # four that found a free call, and the sixty others in twos of 32
    assert max(map(len, calls)) <= 32


async def test_nobody_listens_at_that_address(start: Start, double: EmbeddingDouble) -> None:
    async with connected("http://127.0.0.1:1/v1") as encoders:
        with pytest.raises(EmbeddingServerFailed, match=r"127\.0\.0\.1:1 does not answer \(ConnectError\)"):
            await encoders.encode(Purpose.QUESTION, QUESTION)
