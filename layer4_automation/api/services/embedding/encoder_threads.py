"""The threads of the embedding model. Questions never queue behind documents, nor documents that somebody waits for
behind others; malformed vectors are rejected."""

import asyncio
import logging
import math
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from api.errors import MyStackError, NotReady
from api.services.embedding.token_map import TokenCounter

Vectors = NDArray[np.float32]

LOAD_SECONDS = 60.0  # longest wait of a request while the model is loading
STOP_SECONDS = 10.0
STOPPING = "The service is shutting down."
NOT_LOADED = "The embedding model cannot be loaded. Check EMBEDDING_MODEL and EMBEDDING_PATH, and restart the service."
QUESTION_TEXTS = 16  # queued texts of questions that are embedded in one batch
YIELD_SECONDS = 0.25
"""Documents are embedded by one thread only until this long after the last question."""

document_rank: ContextVar[int] = ContextVar("document_rank", default=0)
"""Of the queued batches of documents, those of the lowest rank are embedded first."""

logger = logging.getLogger("mystack.embedding")


class EmbeddingFailed(MyStackError):
    """The embedding model returned unusable vectors, and nothing was stored. The log has the reason."""

    code = "embedding_failed"


class ModelLoading(NotReady):
    """The embedding model is loading. Try again in a moment."""


class Purpose(Enum):
    """QUESTION: few texts, and a request waits for them. DOCUMENT: many texts, as a background load."""

    QUESTION = "question"
    DOCUMENT = "document"


class Encoder(Protocol):
    """An embedding model in this process: blocking, called by the threads of one `EncoderThreads`.

    `load` is called first and may raise any error; `NotReady` should say what to do. The other attributes are valid
    after it. `space`: model, revision, precision and dimension. `threads`: number of document batches to embed in
    parallel, besides one batch of questions.
    """

    threads: int
    space: str
    dimension: int
    tokens: TokenCounter

    def load(self) -> None: ...

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> Vectors:
        """Vectors of unit length, shape (len(texts), dimension).

        Most models give the same for both purposes, except for rounding; some tell questions from passages.
        """
        ...


@dataclass
class _Job:
    """A batch of texts."""

    texts: Sequence[str]
    vectors: "Future[Vectors]" = field(default_factory=Future)


class EncoderThreads:
    """A context manager that starts the threads, loads the model in one of them, and joins them on exit.

    One thread is reserved for questions, so they do not wait for a batch of a document. While questions keep coming,
    only one other thread embeds documents.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.threads = encoder.threads
        self._encoder = encoder
        self._loaded: Future[Encoder] = Future()
        self._jobs = {purpose: queue.PriorityQueue[tuple[float, int, _Job | None]]() for purpose in Purpose}
        """With rank and number, which order them; None stops a thread."""
        self._numbers = count()
        self._stopping = False
        self._last_question = -math.inf
        self._purposes = [Purpose.QUESTION, *[Purpose.DOCUMENT] * self.threads]
        self._threads = [
            threading.Thread(target=self._work, args=[purpose, number > 1], name="embedder", daemon=True)
            for number, purpose in enumerate(self._purposes)
        ]

    async def __aenter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Running batches are finished, queued ones are refused."""
        self._stopping = True
        for purpose in self._purposes:
            self._put(purpose, None, math.inf)
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            await asyncio.to_thread(thread.join, max(0.0, deadline - time.monotonic()))

    def loaded(self) -> Encoder:
        """The model. Raises `NotReady` while it is loading, or if it cannot be loaded."""
        if not self._loaded.done():
            raise ModelLoading
        return self._loaded.result()

    async def encoder(self) -> Encoder:
        """The model, as soon as it is loaded. Raises `NotReady`."""
        if self._loaded.done():
            return self._loaded.result()
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                return await asyncio.shield(asyncio.wrap_future(self._loaded))
        except TimeoutError:
            return self.loaded()

    async def encode(self, purpose: Purpose, texts: Sequence[str]) -> Vectors:
        """The vectors of the texts, embedded in one batch. Raises `EmbeddingFailed` and `NotReady`."""
        await self.encoder()
        if self._stopping:
            raise NotReady(STOPPING)
        if purpose is Purpose.QUESTION:
            self._last_question = time.monotonic()
        job = _Job(texts)
        self._put(purpose, job, document_rank.get())
        return await asyncio.wrap_future(job.vectors)

    def _put(self, purpose: Purpose, job: _Job | None, rank: float) -> None:
        self._jobs[purpose].put((rank, next(self._numbers), job))

    def _load(self) -> None:
        try:
            self._encoder.load()
        except NotReady as error:
            self._loaded.set_exception(error)
        except Exception as error:  # the edge of a thread: requests that wait for the model get the reason
            logger.error("the embedding model cannot be loaded", exc_info=error)
            self._loaded.set_exception(NotReady(f"{NOT_LOADED} {type(error).__name__}: {error}"))
        else:
            self._loaded.set_result(self._encoder)

    def _work(self, purpose: Purpose, yields: bool) -> None:
        if purpose is Purpose.QUESTION:
            self._load()
        if self._loaded.exception():  # waits for the end of loading
            return
        while (job := self._next(purpose, yields)) is not None:
            batch = [job, *self._queued_with(job)] if purpose is Purpose.QUESTION else [job]
            running = [job for job in batch if job.vectors.set_running_or_notify_cancel()]
            if self._stopping:
                _refuse(running, NotReady(STOPPING))
            elif running:
                self._answer(running, purpose)

    def _next(self, purpose: Purpose, yields: bool) -> _Job | None:
        while yields and not self._stopping and time.monotonic() - self._last_question < YIELD_SECONDS:
            time.sleep(YIELD_SECONDS / 5)
        return self._jobs[purpose].get()[-1]

    def _queued_with(self, first: _Job) -> list[_Job]:
        """Further questions in the queue: a batch of a few takes hardly longer than one."""
        questions: list[_Job] = []
        room = QUESTION_TEXTS - len(first.texts)
        while room > 0:
            try:
                _, _, job = self._jobs[Purpose.QUESTION].get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._put(Purpose.QUESTION, None, math.inf)
                break
            questions.append(job)
            room -= len(job.texts)
        return questions

    def _answer(self, jobs: Sequence[_Job], purpose: Purpose) -> None:
        texts = [text for job in jobs for text in job.texts]
        try:
            vectors = checked(self._encoder.encode(texts, purpose), len(texts), self._encoder.dimension)
        except Exception as error:  # torch may raise any error
            logger.error("%d texts could not be embedded", len(texts), exc_info=error)
            _refuse(jobs, error if isinstance(error, MyStackError) else EmbeddingFailed())
            return
        for job in jobs:
            job.vectors.set_result(vectors[: len(job.texts)])
            vectors = vectors[len(job.texts) :]


def _refuse(jobs: Sequence[_Job], error: MyStackError) -> None:
    for job in jobs:
        job.vectors.set_exception(error)


def checked(vectors: Vectors, count: int, dimension: int) -> Vectors:
    """The vectors, if their number, dimension and values are valid. Raises `EmbeddingFailed`."""
    if vectors.shape != (count, dimension):
        raise EmbeddingFailed(f"The model returned shape {vectors.shape} for {count} texts of {dimension} dimensions.")
    if not np.isfinite(vectors).all():
        raise EmbeddingFailed("The model returned a vector with a value that is not finite.")
    return vectors
