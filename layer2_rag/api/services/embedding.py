"""Texts to vectors: one thread of its own, questions before documents, and nothing malformed gets through."""

import asyncio
import queue
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from api.errors import MyStackError, NotReady
from api.services.token_map import TokenCounter

Vector = NDArray[np.float32]
Vectors = NDArray[np.float32]

BATCH_TEXTS = 16  # a question that arrives during an ingest waits for one such batch at most
CACHED_QUERIES = 2048
QUESTION, DOCUMENT, STOP = 0, 1, 2


class EmbeddingFailed(MyStackError):
    """The embedding model returned something unusable; nothing was stored."""

    code = "embedding_failed"


class TextTooLong(MyStackError):
    """A text is longer than the embedding model reads; nothing is cut silently."""

    status = 400
    code = "text_too_long"


class Embedder(Protocol):
    """Vectors of unit length, float32. Vectors of two different spaces must never be compared."""

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), in the order of the texts."""
        ...

    async def embed_query(self, text: str) -> Vectors:
        """Shape (dimension,)."""
        ...


class Encoder(Protocol):
    """An embedding model in this process: blocking, called by one thread only.

    `space` names model, revision, precision and dimension; `load` raises `NotReady` when that cannot be done.
    """

    space: str
    dimension: int
    tokens: TokenCounter

    def load(self) -> None: ...

    def encode(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(order=True)
class _Job:
    """A batch of texts. Questions go before documents, equals in order of arrival."""

    priority: int
    number: int
    texts: Sequence[str] = field(default=(), compare=False)
    vectors: "Future[Vectors]" = field(default_factory=Future, compare=False)


class Embeddings:
    """The `Embedder` over an `Encoder`; a context manager that runs the thread. The model is loaded first."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._loaded: Future[None] = Future()
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = count()
        self._cache: OrderedDict[str, Vectors] = OrderedDict()
        self._thread = threading.Thread(target=self._work, name="embedder", daemon=True)

    def __enter__(self) -> "Embeddings":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._jobs.put(_Job(STOP, next(self._numbers)))

    async def check(self) -> str:
        """One sentence for /health. Raises `NotReady` while the model is being loaded, or if it cannot be."""
        if not self._loaded.done():
            raise NotReady("The embedding model is being loaded.")
        self._loaded.result()
        return self.encoder.space

    async def tokens(self) -> TokenCounter:
        """The model's own token counter, once the model is there."""
        await asyncio.shield(asyncio.wrap_future(self._loaded))
        return self.encoder.tokens

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """As `Embedder` says. Sorted by length first: a batch is padded to its longest text."""
        vectors = np.empty((len(texts), self.encoder.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), BATCH_TEXTS):
            batch = order[start : start + BATCH_TEXTS]
            vectors[batch] = await self._embed(DOCUMENT, [texts[i] for i in batch])
        return vectors

    async def embed_query(self, text: str) -> Vectors:
        """As `Embedder` says. Questions that were asked lately are answered from memory."""
        if text not in self._cache:
            self._cache[text] = (await self._embed(QUESTION, [text]))[0]
            if len(self._cache) > CACHED_QUERIES:
                self._cache.popitem(last=False)
        self._cache.move_to_end(text)
        return self._cache[text]

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Short texts that somebody is waiting for, such as sentences to quote. Shape (len(texts), dimension)."""
        return await self._embed(QUESTION, texts)

    async def embed_counted(self, texts: Sequence[str]) -> tuple[Vectors, int]:
        """The vectors of texts, and how many wordpieces these have together. Raises `TextTooLong`."""
        tokens = await self.tokens()
        counts = await asyncio.to_thread(lambda: [len(tokens.offsets(text)) for text in texts])
        if max(counts) > tokens.window:
            raise TextTooLong(f"A text has {max(counts)} wordpieces; the model reads {tokens.window}.")
        return await self.embed_documents(texts), sum(counts)

    async def _embed(self, priority: int, texts: Sequence[str]) -> Vectors:
        job = _Job(priority, next(self._numbers), texts)
        self._jobs.put(job)
        return await asyncio.wrap_future(job.vectors)

    def _work(self) -> None:
        try:
            self.encoder.load()
            self._loaded.set_result(None)
        except NotReady as error:
            self._loaded.set_exception(error)
        while (job := self._jobs.get()).priority != STOP:
            batch = [job, *self._waiting_questions(job)]
            running = [job for job in batch if job.vectors.set_running_or_notify_cancel()]
            if running:
                self._answer(running)

    def _waiting_questions(self, first: _Job) -> list[_Job]:
        """Questions that arrived together are embedded together."""
        questions: list[_Job] = []
        while first.priority == QUESTION and len(questions) < BATCH_TEXTS:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job.priority != QUESTION:
                self._jobs.put(job)
                break
            questions.append(job)
        return questions

    def _answer(self, jobs: Sequence[_Job]) -> None:
        try:
            self._loaded.result()
            texts = [text for job in jobs for text in job.texts]
            vectors = checked(self.encoder.encode(texts), len(texts), self.encoder.dimension)
        except (MyStackError, RuntimeError, ValueError) as error:  # the last two are what torch raises
            for job in jobs:
                job.vectors.set_exception(error if isinstance(error, MyStackError) else EmbeddingFailed(str(error)))
            return
        for job in jobs:
            job.vectors.set_result(vectors[: len(job.texts)])
            vectors = vectors[len(job.texts) :]


def checked(vectors: Vectors, count: int, dimension: int) -> Vectors:
    """The vectors, if there are as many as texts, of the right dimension, and all finite; else `EmbeddingFailed`."""
    if vectors.shape != (count, dimension):
        raise EmbeddingFailed(f"The model returned shape {vectors.shape} for {count} texts of {dimension} dimensions.")
    if not np.isfinite(vectors).all():
        raise EmbeddingFailed("The model returned a vector that is not finite.")
    return vectors
