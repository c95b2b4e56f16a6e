"""Several threads embed in parallel, each on its own core, without effect on other threads."""

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from api.adapters.embedding.sentence_transformers import SentenceTransformersEncoder
from api.errors import NotReady
from api.services.embedding import encoder_threads
from api.services.embedding.embeddings import Embeddings
from api.services.embedding.encoder_threads import EncoderThreads, Purpose, document_rank
from tests.embeddings.fake_encoder import FakeEncoder
from tests.models.tiny import minilm_folder

PATIENT = 2.0
"""Seconds between two questions that still keep coming on a busy computer."""
MINILM = "sentence-transformers/all-MiniLM-L6-v2"


class MeetingEncoder(FakeEncoder):
    """Embeds a batch only while another one is being embedded."""

    threads = 2

    def __init__(self) -> None:
        super().__init__()
        self.meeting = threading.Barrier(2, timeout=20)

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> NDArray[np.float32]:
        self.meeting.wait()
        return super().encode(texts, purpose)


async def test_a_long_document_is_embedded_by_all_threads() -> None:
    texts = [f"{n} {'word ' * 300}" for n in range(12)]
    async with EncoderThreads(MeetingEncoder()) as threads:
        vectors = await Embeddings(threads).embed_documents(texts)
    np.testing.assert_allclose(vectors, FakeEncoder().encode(texts), atol=1e-6)


async def test_two_documents_are_embedded_in_parallel() -> None:
    async with EncoderThreads(MeetingEncoder()) as threads:
        await asyncio.gather(*(Embeddings(threads).embed_documents([f"document {n}"]) for n in range(2)))


class WatchedEncoder(FakeEncoder):
    """`at_once`: for each batch of a document, how many batches ran when it began, itself included."""

    threads = 3

    def __init__(self) -> None:
        super().__init__()
        self.at_once: list[int] = []
        self.running = 0

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> NDArray[np.float32]:
        if purpose is Purpose.QUESTION:
            return super().encode(texts, purpose)
        self.running += 1
        self.at_once.append(self.running)
        time.sleep(0.02)
        self.running -= 1
        return super().encode(texts, purpose)


async def test_documents_have_one_thread_while_questions_keep_coming_and_all_after_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoder_threads, "YIELD_SECONDS", PATIENT)
    encoder, book = WatchedEncoder(), [f"{n} {'word ' * 300}" for n in range(24)]
    async with EncoderThreads(encoder) as threads:
        embedding = asyncio.ensure_future(Embeddings(threads).embed_documents(book))
        while not embedding.done():
            await threads.encode(Purpose.QUESTION, ["What is it?"])
            await asyncio.sleep(0.01)
        assert set(encoder.at_once[2 * encoder.threads :]) == {1}, "waiting threads take a batch before"
        await asyncio.sleep(PATIENT)
        await Embeddings(threads).embed_documents(book)
    assert max(encoder.at_once[len(book) :]) == encoder.threads


async def test_shutdown_ends_every_thread() -> None:
    before = set(threading.enumerate())
    async with EncoderThreads(MeetingEncoder()) as threads:
        assert len({thread for thread in set(threading.enumerate()) - before if thread.name == "embedder"}) == 3
        await asyncio.gather(*(threads.encode(purpose, ["x"]) for purpose in Purpose))
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name == "embedder"]


def test_the_models_threads_use_one_core_each_and_torchs_default_is_unchanged() -> None:
    encoder = SentenceTransformersEncoder(MINILM, minilm_folder())
    encoder.load()
    texts = ["Pour hot water over ground beans.", "The parliament passed the budget."]

    def embed(_: int) -> tuple[NDArray[np.float32], int]:
        return encoder.encode(texts), torch.get_num_threads()

    before = torch.get_num_threads()
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(embed, range(12)))
    assert {threads for _, threads in results} == {1}
    for vectors, _ in results[1:]:
        np.testing.assert_allclose(vectors, results[0][0], atol=1e-6)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == torch.get_num_threads() == before


class HeldEncoder(FakeEncoder):
    """Holds the first batch until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = threading.Event(), threading.Event()

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> NDArray[np.float32]:
        vectors = super().encode(texts, purpose)
        self.begun.set()
        assert self.go.wait(20)
        return vectors


async def test_documents_that_somebody_waits_for_are_embedded_before_others() -> None:
    async def embedded(text: str, rank: int) -> None:
        document_rank.set(rank)
        await threads.encode(Purpose.DOCUMENT, [text])

    encoder = HeldEncoder()
    async with EncoderThreads(encoder) as threads:
        tasks = [asyncio.create_task(embedded("first", 10))]
        await asyncio.to_thread(encoder.begun.wait, 20)
        for text, rank in (("second", 10), ("third", 10), ("urgent", 0)):
            tasks.append(asyncio.create_task(embedded(text, rank)))
            await asyncio.sleep(0)  # each is queued before the next
        encoder.go.set()
        await asyncio.gather(*tasks)
    assert encoder.calls == [["first"], ["urgent"], ["second"], ["third"]]


async def test_what_is_queued_when_the_threads_stop_is_refused() -> None:
    encoder = HeldEncoder()
    async with EncoderThreads(encoder) as threads:
        tasks = [asyncio.create_task(threads.encode(Purpose.DOCUMENT, [text])) for text in ("first", "second", "third")]
        await asyncio.to_thread(encoder.begun.wait, 20)
        asyncio.get_running_loop().call_later(0.1, encoder.go.set)
    first, *others = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(first, np.ndarray)
    assert [type(error) for error in others] == [NotReady, NotReady]
