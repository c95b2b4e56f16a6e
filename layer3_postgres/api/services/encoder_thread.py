"""The threads in which the embedding model runs: questions before documents, and nothing malformed gets out."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from api.errors import MyStackError, NotReady
from api.services.token_map import TokenCounter

Vectors = NDArray[np.float32]

LOAD_SECONDS = 60.0  # how long a request waits for a model that is being loaded
STOP_SECONDS = 10.0
NOT_LOADED = "The embedding model cannot be loaded; check EMBEDDING_MODEL and EMBEDDING_PATH, and start again."
QUESTION_TEXTS = 16  # of those that wait, so many are embedded together

logger = logging.getLogger("mystack.embedding")


class EmbeddingFailed(MyStackError):
    """The embedding model returned something unusable; nothing was stored."""

    code = "embedding_failed"


class Encoder(Protocol):
    """An embedding model in this process: blocking, called by the threads of one `EncoderThread`.

    `load` comes first; it may raise anything, of which `NotReady` tells most. The rest is known when it is done:
    `space` names model, revision, precision and dimension.
    """

    space: str
    dimension: int
    tokens: TokenCounter

    def load(self) -> None: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of unit length, shape (len(texts), dimension)."""
        ...


class Priority(IntEnum):
    STOP = 0
    QUESTION = 1
    DOCUMENT = 2


@dataclass(order=True)
class _Job:
    """A batch of texts. Equals in priority go in order of arrival."""

    priority: Priority
    number: int
    texts: Sequence[str] = field(default=(), compare=False)
    vectors: "Future[Vectors]" = field(default_factory=Future, compare=False)


class EncoderThread:
    """Use it as a context manager: it starts the threads, loads the model in one of them, and waits for their end.

    `threads` is how many batches are embedded at the same time.
    """

    def __init__(self, encoder: Encoder, threads: int = 1) -> None:
        self.threads = threads
        self._encoder = encoder
        self._loaded: Future[Encoder] = Future()
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = count()
        self._stopping = False
        first = threading.Thread(target=self._load_and_work, name="embedder", daemon=True)
        others = (threading.Thread(target=self._work, name="embedder", daemon=True) for _ in range(threads - 1))
        self._threads = [first, *others]

    async def __aenter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What is being embedded is finished; what waits is refused."""
        self._stopping = True
        for _ in self._threads:
            self._jobs.put(_Job(Priority.STOP, next(self._numbers)))
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            await asyncio.to_thread(thread.join, max(0.0, deadline - time.monotonic()))
        self._refuse_waiting()

    def loaded(self) -> Encoder:
        """The model. Raises `NotReady` while it is being loaded, or if it cannot be."""
        if not self._loaded.done():
            raise NotReady("The embedding model is being loaded.")
        return self._loaded.result()

    async def encoder(self) -> Encoder:
        """The model, waiting until it is loaded. Raises `NotReady`."""
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                return await asyncio.shield(asyncio.wrap_future(self._loaded))
        except TimeoutError:
            return self.loaded()

    async def encode(self, priority: Priority, texts: Sequence[str]) -> Vectors:
        """The vectors of texts, embedded together. Raises `EmbeddingFailed`, and `NotReady`."""
        await self.encoder()
        if self._stopping:
            raise NotReady("The service is stopping.")
        job = _Job(priority, next(self._numbers), texts)
        self._jobs.put(job)
        return await asyncio.wrap_future(job.vectors)

    def _load_and_work(self) -> None:
        try:
            self._encoder.load()
        except NotReady as error:
            self._loaded.set_exception(error)
        except Exception as error:  # the edge of a thread: who waits for it must hear of it
            logger.error("the embedding model cannot be loaded", exc_info=error)
            self._loaded.set_exception(NotReady(f"{NOT_LOADED} {type(error).__name__}: {error}"))
        else:
            self._loaded.set_result(self._encoder)
        self._work()

    def _work(self) -> None:
        if self._loaded.exception():  # waits until it is known
            return
        while (job := self._jobs.get()).priority != Priority.STOP:
            batch = [job, *self._waiting_questions(job)]
            if running := [job for job in batch if job.vectors.set_running_or_notify_cancel()]:
                self._answer(running)

    def _waiting_questions(self, first: _Job) -> list[_Job]:
        """Questions that arrived together are embedded together: a batch of a few hardly takes longer than one."""
        questions: list[_Job] = []
        room = QUESTION_TEXTS - len(first.texts)
        while first.priority == Priority.QUESTION and room > 0:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            room -= len(job.texts)
            if job.priority != Priority.QUESTION or room < 0:
                self._jobs.put(job)
                break
            questions.append(job)
        return questions

    def _answer(self, jobs: Sequence[_Job]) -> None:
        texts = [text for job in jobs for text in job.texts]
        try:
            vectors = checked(self._encoder.encode(texts), len(texts), self._encoder.dimension)
        except Exception as error:  # torch raises what it likes
            failure = error if isinstance(error, MyStackError) else EmbeddingFailed()
            logger.error("%d texts could not be embedded", len(texts), exc_info=error)
            for job in jobs:
                job.vectors.set_exception(failure)
            return
        for job in jobs:
            job.vectors.set_result(vectors[: len(job.texts)])
            vectors = vectors[len(job.texts) :]

    def _refuse_waiting(self) -> None:
        while not self._jobs.empty():
            job = self._jobs.get()
            if job.vectors.set_running_or_notify_cancel():
                job.vectors.set_exception(NotReady("The service is stopping."))


def checked(vectors: Vectors, count: int, dimension: int) -> Vectors:
    """The vectors, if there are as many as texts, of the right dimension, and all finite; else `EmbeddingFailed`."""
    if vectors.shape != (count, dimension):
        raise EmbeddingFailed(f"The model returned shape {vectors.shape} for {count} texts of {dimension} dimensions.")
    if not np.isfinite(vectors).all():
        raise EmbeddingFailed("The model returned a vector that is not finite.")
    return vectors
