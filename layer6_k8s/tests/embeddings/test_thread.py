"""The threads of the embedding model: order, batches, faults, shutdown."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from api.errors import NotReady
from api.services.embedding.embeddings import Embeddings
from api.services.embedding.encoder_threads import EmbeddingFailed, EncoderThreads, Purpose
from tests.embeddings.fake_encoder import DIMENSION, FakeEncoder


class GatedEncoder(FakeEncoder):
    """Embeds a batch once `let` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.let = threading.Event()

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> NDArray[np.float32]:
        self.begun.set()
        assert self.let.wait(20)
        return super().encode(texts, purpose)


@pytest.fixture
async def gated() -> AsyncIterator[tuple[GatedEncoder, Embeddings]]:
    """An encoder that is busy with a question until `let` is set."""
    encoder = GatedEncoder()
    async with EncoderThreads(encoder) as thread:
        embeddings = Embeddings(thread)
        busy = asyncio.ensure_future(embeddings.embed_query("the first question"))
        await asyncio.to_thread(encoder.begun.wait, 20)
        yield encoder, embeddings
        encoder.let.set()
        await asyncio.gather(busy, return_exceptions=True)


async def started(*work: object) -> None:
    """Let the work run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_vectors_are_in_the_order_of_the_texts_although_batches_are_sorted_by_length() -> None:
    encoder = FakeEncoder()
    texts = [f"{'word ' * (n * 7 % 23)}number {n}" for n in range(50)]
    async with EncoderThreads(encoder) as thread:
        vectors = await Embeddings(thread).embed_documents(texts)
    np.testing.assert_allclose(vectors, FakeEncoder().encode(texts), atol=1e-6)
    lengths = [len(text) for batch in encoder.calls for text in batch]
    assert lengths == sorted(lengths)
    assert 1 < len(encoder.calls) < 10


async def test_no_texts_give_no_vectors() -> None:
    async with EncoderThreads(FakeEncoder()) as thread:
        assert (await Embeddings(thread).embed_documents([])).shape == (0, DIMENSION)


class GatedForDocuments(GatedEncoder):
    """Embeds a question without waiting."""

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> NDArray[np.float32]:
        document = purpose is Purpose.DOCUMENT
        return super().encode(texts, purpose) if document else FakeEncoder.encode(self, texts, purpose)


async def test_a_question_does_not_wait_for_a_document() -> None:
    encoder = GatedForDocuments()
    async with EncoderThreads(encoder) as threads:
        embeddings = Embeddings(threads)
        document = asyncio.ensure_future(embeddings.embed_documents(["a document"]))
        await asyncio.to_thread(encoder.begun.wait, 20)
        assert (await embeddings.embed_query("a question")).shape == (DIMENSION,)
        assert not document.done()
        encoder.let.set()
        await document


async def test_queued_questions_are_embedded_together(gated: tuple[GatedEncoder, Embeddings]) -> None:
    encoder, embeddings = gated
    questions = asyncio.gather(*(embeddings.embed_query(f"question {n}") for n in range(5)))
    await started(questions)
    encoder.let.set()
    await questions
    assert encoder.calls[1:] == [[f"question {n}" for n in range(5)]]


async def test_a_cancelled_question_is_not_embedded(gated: tuple[GatedEncoder, Embeddings]) -> None:
    encoder, embeddings = gated
    leaving = asyncio.ensure_future(embeddings.embed_query("left"))
    staying = asyncio.ensure_future(embeddings.embed_query("stayed"))
    await started(leaving, staying)
    leaving.cancel()
    await started()
    encoder.let.set()
    await staying
    assert encoder.calls[1] == ["stayed"]


WRONG = {
    "too few": np.ones((1, DIMENSION), np.float32),
    "too many": np.ones((3, DIMENSION), np.float32),
    "another dimension": np.ones((2, DIMENSION + 1), np.float32),
    "not a number": np.full((2, DIMENSION), np.nan, np.float32),
    "infinite": np.full((2, DIMENSION), np.inf, np.float32),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_batch_with_invalid_vectors_is_rejected_and_the_next_one_is_embedded(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    encoder = FakeEncoder()
    sound = encoder.encode
    monkeypatch.setattr(encoder, "encode", lambda texts, purpose: WRONG[name] if len(texts) == 2 else sound(texts))
    async with EncoderThreads(encoder) as thread:
        embeddings = Embeddings(thread)
        with pytest.raises(EmbeddingFailed):
            await embeddings.embed_documents(["one", "two"])
        assert (await embeddings.embed_query("after that")).shape == (DIMENSION,)


async def test_an_error_of_the_model_is_reported_and_does_not_end_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = FakeEncoder()
    sound = encoder.encode
    faults = [MemoryError("no room"), KeyError("weights"), RuntimeError("CUDA")]

    def encode(texts: Sequence[str], purpose: Purpose) -> NDArray[np.float32]:
        if faults:
            raise faults.pop()
        return sound(texts)

    monkeypatch.setattr(encoder, "encode", encode)
    async with EncoderThreads(encoder) as thread:
        for _ in range(3):
            with pytest.raises(EmbeddingFailed):
                await Embeddings(thread).embed_query("x")
        assert (await Embeddings(thread).embed_query("x")).shape == (DIMENSION,)


async def test_a_model_that_cannot_be_loaded_is_not_ready_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = FakeEncoder()

    def load() -> None:
        raise OSError("no such file: model.safetensors")

    monkeypatch.setattr(encoder, "load", load)
    async with EncoderThreads(encoder) as thread:
        embeddings = Embeddings(thread)
        for use in (embeddings.tokens, embeddings.space):
            with pytest.raises(NotReady, match=r"EMBEDDING_PATH.*model\.safetensors"):
                await use()
        with pytest.raises(NotReady, match=r"model\.safetensors"):
            await embeddings.embed_query("x")
        with pytest.raises(NotReady, match=r"model\.safetensors"):
            await embeddings.check()


async def test_while_the_model_loads_health_reports_it_and_requests_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, let = FakeEncoder(), threading.Event()
    monkeypatch.setattr(encoder, "load", lambda: let.wait(20))
    async with EncoderThreads(encoder) as thread:
        embeddings = Embeddings(thread)
        with pytest.raises(NotReady, match="is loading"):
            await embeddings.check()
        asked = asyncio.ensure_future(embeddings.embed_query("x"))
        await started(asked)
        assert not asked.done()
        let.set()
        assert (await asked).shape == (DIMENSION,)
        assert "fake@1" in await embeddings.check()


async def test_shutdown_refuses_queued_batches_and_leaves_no_thread() -> None:
    encoder, before = GatedEncoder(), embedders()
    async with EncoderThreads(encoder) as thread:
        embeddings = Embeddings(thread)
        assert embedders() == before + 2
        waiting = [asyncio.ensure_future(embeddings.embed_documents([f"batch {n}"])) for n in range(20)]
        await asyncio.to_thread(encoder.begun.wait, 20)
        threading.Timer(0.05, encoder.let.set).start()
        began = time.monotonic()
    assert time.monotonic() - began < 5
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[0], np.ndarray)
    assert {type(result) for result in results[1:]} == {NotReady}
    with pytest.raises(NotReady):
        await embeddings.embed_query("too late")
    assert embedders() == before


def embedders() -> int:
    return sum(thread.name == "embedder" for thread in threading.enumerate())
