"""The threads in which the embedding model runs: no question waits for a document, and nothing malformed gets out."""

import asyncio
import logging
import math
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from api.errors import MyStackError, NotReady
from api.services.embedding.token_map import TokenCounter

Vectors = NDArray[np.float32]

LOAD_SECONDS = 60.0  # how long a request waits for a model that is being loaded
STOP_SECONDS = 10.0
STOPPING = "The service is stopping."
NOT_LOADED = "The embedding model cannot be loaded; check EMBEDDING_MODEL and EMBEDDING_PATH, and start again."
QUESTION_TEXTS = 16  # of those that wait, so many are embedded together
GIVE_WAY_SECONDS = 0.25

logger = logging.getLogger("mystack.embedding")


class EmbeddingFailed(MyStackError):
    """The embedding model returned something unusable; nothing was stored."""

    code = "embedding_failed"


class Purpose(Enum):
    """What texts are embedded for: somebody waits for a question; of a document there are many."""

    QUESTION = "question"
    DOCUMENT = "document"


class Encoder(Protocol):
    """An embedding model in this process: blocking, called by the threads of one `EncoderThreads`.

    `load` comes first; it may raise anything, of which `NotReady` tells most. The rest is known when it is done:
    `space` names model, revision, precision and dimension. `threads` is how many batches of documents it embeds best
    at the same time, beside one batch of questions.
    """

    threads: int
    space: str
    dimension: int
    tokens: TokenCounter

    def load(self) -> None: ...

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> Vectors:
        """Vectors of unit length, shape (len(texts), dimension). The same for both purposes, but for rounding."""
        ...


@dataclass
class _Job:
    """A batch of texts."""

    texts: Sequence[str]
    vectors: "Future[Vectors]" = field(default_factory=Future)


class EncoderThreads:
    """Use it as a context manager: it starts the threads, loads the model in one of them, and waits for their end.

    One thread is for questions alone: they do not wait for a batch of a document to be done. And as long as they keep
    coming, documents are embedded by one thread only.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.threads = encoder.threads
        self._encoder = encoder
        self._loaded: Future[Encoder] = Future()
        self._jobs: dict[Purpose, queue.SimpleQueue[_Job | None]] = {it: queue.SimpleQueue() for it in Purpose}
        """None tells a thread to end."""
        self._stopping = False
        self._asked = -math.inf
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
        """What is being embedded is finished; what waits is refused."""
        self._stopping = True
        for purpose in self._purposes:
            self._jobs[purpose].put(None)
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            await asyncio.to_thread(thread.join, max(0.0, deadline - time.monotonic()))

    def loaded(self) -> Encoder:
        """The model. Raises `NotReady` while it is being loaded, or if it cannot be."""
        if not self._loaded.done():
            raise NotReady("The embedding model is being loaded.")
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
        """The vectors of texts, embedded together. Raises `EmbeddingFailed`, and `NotReady`."""
        await self.encoder()
        if self._stopping:
            raise NotReady(STOPPING)
        if purpose is Purpose.QUESTION:
            self._asked = time.monotonic()
        job = _Job(texts)
        self._jobs[purpose].put(job)
        return await asyncio.wrap_future(job.vectors)

    def _load(self) -> None:
        try:
            self._encoder.load()
        except NotReady as error:
            self._loaded.set_exception(error)
        except Exception as error:  # the edge of a thread: who waits for it must hear of it
            logger.error("the embedding model cannot be loaded", exc_info=error)
            self._loaded.set_exception(NotReady(f"{NOT_LOADED} {type(error).__name__}: {error}"))
        else:
            self._loaded.set_result(self._encoder)

    def _work(self, purpose: Purpose, gives_way: bool) -> None:
        if purpose is Purpose.QUESTION:
            self._load()
        if self._loaded.exception():  # waits until it is known
            return
        while (job := self._next(purpose, gives_way)) is not None:
            batch = [job, *self._waiting(job)] if purpose is Purpose.QUESTION else [job]
            running = [job for job in batch if job.vectors.set_running_or_notify_cancel()]
            if self._stopping:
                _refuse(running, NotReady(STOPPING))
            elif running:
                self._answer(running, purpose)

    def _next(self, purpose: Purpose, gives_way: bool) -> _Job | None:
        while gives_way and not self._stopping and time.monotonic() - self._asked < GIVE_WAY_SECONDS:
            time.sleep(GIVE_WAY_SECONDS / 5)
        return self._jobs[purpose].get()

    def _waiting(self, first: _Job) -> list[_Job]:
        """Questions that arrived together are embedded together: a batch of a few hardly takes longer than one."""
        questions: list[_Job] = []
        room = QUESTION_TEXTS - len(first.texts)
        while room > 0:
            try:
                job = self._jobs[Purpose.QUESTION].get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._jobs[Purpose.QUESTION].put(None)
                break
            questions.append(job)
            room -= len(job.texts)
        return questions

    def _answer(self, jobs: Sequence[_Job], purpose: Purpose) -> None:
        texts = [text for job in jobs for text in job.texts]
        try:
            vectors = checked(self._encoder.encode(texts, purpose), len(texts), self._encoder.dimension)
        except Exception as error:  # torch raises what it likes
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
    """The vectors, if there are as many as texts, of the right dimension, and all finite; else `EmbeddingFailed`."""
    if vectors.shape != (count, dimension):
        raise EmbeddingFailed(f"The model returned shape {vectors.shape} for {count} texts of {dimension} dimensions.")
    if not np.isfinite(vectors).all():
        raise EmbeddingFailed("The model returned a vector that is not finite.")
    return vectors
