"""The embedding model on a server beside the application: any that speaks OpenAI's `/v1/embeddings`.

    texts of concurrent requests → one call of up to 32 → checked → vectors
                                        └ failed → once more → failed → the model of this process, or 503

The model of this process stays loaded. It counts tokens and names the space; it is what the server is compared with
before its first vector is used, and again after each failure; and it answers while the server does not.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

import numpy as np

from api.adapters.remote.micro_batches import MicroBatches
from api.adapters.remote.server import EmbeddingServer, EmbeddingServerFailed, Transient
from api.errors import MyStackError, NotReady
from api.services.embedding.embeddings import Encoders
from api.services.embedding.encoder_threads import Encoder, Purpose, Vectors
from api.services.embedding.prefixes import NO_PREFIXES, Prefixes
from api.services.serving.ending import end

QUESTION_CALLS = 4
DOCUMENT_CALLS = 4
DOCUMENT_TIMES = 30
"""Texts of documents may take this many times as long as a question."""
ATTEMPTS = 2
AGREEMENT = 0.98
"""The least cosine of a sentence's two vectors. Eight bits move a vector less, and another model much more."""
SENTENCES = (
    "The library opens at nine o'clock on weekdays.",
    "Die Rechnung ist innerhalb von 30 Tagen zu bezahlen.",
    "def area(radius): return 3.14159 * radius ** 2",
    "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.",
)

logger = logging.getLogger("mystack.embedding")


class CircuitBreaker(Protocol):
    """Refuses calls of a server that keeps failing."""

    def check(self) -> None:
        """Raises one of our errors while the server is not called."""
        ...

    def admit(self) -> None:
        """As `check`, for the call that follows."""
        ...

    def succeeded(self) -> None: ...

    def failed(self, reason: str) -> None: ...


class RemoteEncoders:
    """The port `Encoders`; a context manager. `local` runs the same model in this process.

    `seconds`: the longest wait for the vectors of a question, another attempt included. `fallback`: whether `local`
    answers while the server does not; otherwise requests get 503. `prefixes`: the model's; a server cannot know which
    text is a question, so they are added here.
    """

    def __init__(
        self,
        local: Encoders,
        server: EmbeddingServer,
        breaker: CircuitBreaker,
        *,
        seconds: float,
        fallback: bool,
        prefixes: Prefixes = NO_PREFIXES,
    ) -> None:
        self.threads = max(local.threads, DOCUMENT_CALLS)
        self.local = local
        self.server = server
        self.breaker = breaker
        self.fallback = fallback
        self.prefixes = prefixes
        self._seconds = {Purpose.QUESTION: seconds, Purpose.DOCUMENT: seconds * DOCUMENT_TIMES}
        self._batches = {
            Purpose.QUESTION: MicroBatches(lambda texts: self._call(Purpose.QUESTION, texts), QUESTION_CALLS),
            Purpose.DOCUMENT: MicroBatches(lambda texts: self._call(Purpose.DOCUMENT, texts), DOCUMENT_CALLS),
        }
        self._comparing = asyncio.Lock()
        self._model: str | None = None
        """What the server called its model when the two last agreed; None: to be compared."""
        self._failure = "it was not compared with the model of this process yet"

    async def __aenter__(self) -> Self:
        self._first = asyncio.create_task(self._compare_at_start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(self._first)
        for batches in self._batches.values():
            await batches.close()

    def loaded(self) -> Encoder:
        """See `Encoders`."""
        return self.local.loaded()

    async def encoder(self) -> Encoder:
        """See `Encoders`."""
        return await self.local.encoder()

    async def encode(self, purpose: Purpose, texts: Sequence[str]) -> Vectors:
        """See `Encoders`. Raises `EmbeddingServerFailed` without a fallback."""
        encoder = await self.local.encoder()
        if not texts:
            return np.empty((0, encoder.dimension), dtype=np.float32)
        try:
            return await self._batches[purpose].vectors(self.prefixes.added(texts, purpose))
        except EmbeddingServerFailed:
            if not self.fallback:
                raise
            return await self.local.encode(purpose, texts)

    async def check(self) -> str:
        """One sentence for /health. Raises `EmbeddingServerFailed`."""
        try:
            self.breaker.check()
        except MyStackError as error:
            raise EmbeddingServerFailed(error.detail) from error
        if self._model is None:
            raise EmbeddingServerFailed(f"{self.server.name} is not used: {self._failure}")
        return f"{self.server.name} runs the same model, {self._model}."

    async def _call(self, purpose: Purpose, texts: Sequence[str]) -> Vectors:
        """One call, and another after a failure that may pass. Raises `EmbeddingServerFailed`."""
        try:
            self.breaker.admit()
        except MyStackError as error:
            raise EmbeddingServerFailed(error.detail) from error
        until = time.monotonic() + self._seconds[purpose]
        try:
            agreed = await self._agreed(until)
            model, vectors = await self._asked(texts, until)
            if model != agreed:
                raise EmbeddingServerFailed(f"{self.server.name} changed its model from {agreed} to {model}.")
        except EmbeddingServerFailed as error:
            self._failed(error)
            raise
        self.breaker.succeeded()
        return vectors

    async def _asked(self, texts: Sequence[str], until: float) -> tuple[str, Vectors]:
        """The server's model and vectors, if this process can use them. The first attempt gets half of the time."""
        for left in range(ATTEMPTS, 0, -1):
            seconds = max(0.001, (until - time.monotonic()) / left)
            try:
                async with asyncio.timeout(seconds):
                    model, vectors = await self.server.embed(texts, seconds)
                break
            except (Transient, TimeoutError) as error:
                if left == 1:
                    raise _as_failure(error, self.server.name) from error
        encoder = self.local.loaded()
        if "@" in model and model != encoder.space:  # MyStack names the space, others only the model
            raise EmbeddingServerFailed(
                f"{self.server.name} embeds in {model}, and this service in {encoder.space}. Set EMBEDDING_MODEL and "
                "EMBEDDING_BACKEND to the same on both."
            )
        if vectors.shape[1] != encoder.dimension:
            raise EmbeddingServerFailed(
                f"{self.server.name} sent {vectors.shape[1]} dimensions; the model of this service has "
                f"{encoder.dimension}."
            )
        return model, vectors

    async def _agreed(self, until: float) -> str:
        """The server's model, compared with that of this process unless that was done since its last failure."""
        async with self._comparing:
            if self._model is not None:
                return self._model
            sentences = self.prefixes.added(SENTENCES, Purpose.QUESTION)
            model, theirs = await self._asked(sentences, until)
            ours = await self.local.encode(Purpose.QUESTION, sentences)
            cosine = float(np.einsum("ij,ij->i", theirs, ours).min())
            if cosine < AGREEMENT:
                raise EmbeddingServerFailed(
                    f"{self.server.name} runs another model: the same sentence has vectors with a cosine of "
                    f"{cosine:.3f}, and {AGREEMENT} is the least. Set EMBEDDING_MODEL to the server's."
                )
            logger.info("%s embeds as the model of this process (cosine %.4f)", self.server.name, cosine)
            self._model = model
            return model

    def _failed(self, error: EmbeddingServerFailed) -> None:
        if self._model is not None or error.detail != self._failure:
            answers = "the model of this process answers" if self.fallback else "requests get 503"
            logger.warning("%s Until it is back, %s.", error.detail, answers)
        self._model, self._failure = None, error.detail
        self.breaker.failed(error.detail)

    async def _compare_at_start(self) -> None:
        """So that the first request does not wait for it. A failure is logged, and seen in /health."""
        try:
            await self.local.encoder()
            await self._batches[Purpose.DOCUMENT].vectors(SENTENCES[:1])
        except NotReady as error:
            logger.debug("not compared at start: %s", error.detail)


def _as_failure(error: Exception, server: str) -> EmbeddingServerFailed:
    return error if isinstance(error, Transient) else EmbeddingServerFailed(f"{server} did not answer in time.")
