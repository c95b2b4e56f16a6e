"""Embed what has no vector in the active embedding space: the handler of `refresh` jobs.

Vectors are stored in small transactions, so a job that ends in the middle has lost nothing: the next one continues.
"""

import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from api.errors import MyStackError
from api.services.documents.reembedding import BATCH, CannotReembed, KnownSpace, NumberedChunk
from api.services.documents.store import embedded_text
from api.services.embedding.embeddings import Space
from api.services.embedding.encoder_threads import Vectors
from api.services.embedding.spaced import SpacedEmbedder
from api.services.jobs.current import report
from api.services.jobs.jobs import Claim, MoreToDo


class RefreshWaits(MyStackError):
    """The embedding model is being changed by `mystack reembed`, or its change has not reached this worker yet."""

    status = 503
    code = "refresh_waits"


class Fillable(Protocol):
    """The stored spaces, and the chunks without a vector in one. All methods raise `StoreUnavailable`."""

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Raises `CannotReembed` while another process fills a space."""
        ...

    async def known(self) -> Sequence[KnownSpace]: ...

    async def chunks(self) -> int: ...

    async def without_vector(self, space: Space, limit: int) -> Sequence[NumberedChunk]: ...

    async def store(self, space: Space, chunks: Sequence[NumberedChunk], dense: Vectors) -> None: ...


class RefreshHandler:
    """`seconds`: after so long the job is given back, and goes on later."""

    def __init__(self, spaces: Fillable, embedder: SpacedEmbedder, *, seconds: float) -> None:
        self.spaces = spaces
        self.embedder = embedder
        self.seconds = seconds

    async def __call__(self, claim: Claim) -> None:
        """See `Handler`. Raises `RefreshWaits`, `MoreToDo`, and what `Embedder` and `Fillable` raise."""
        try:
            async with self.spaces.exclusive():
                await self._fill(await self.embedder.space())
        except CannotReembed as error:
            raise RefreshWaits from error

    async def _fill(self, space: Space) -> None:
        active = next((known for known in await self.spaces.known() if known.state == "active"), None)
        if active is None or not active.missing:
            return  # nothing is stored, or nothing is missing
        if active.space != space:
            raise RefreshWaits
        total, left = await self.spaces.chunks(), active.missing
        end = time.monotonic() + self.seconds
        while chunks := await self.spaces.without_vector(space, BATCH):
            if time.monotonic() >= end:
                raise MoreToDo
            report("embedding", min(1.0, max(0.0, 1 - left / max(total, left))))
            texts = [embedded_text(numbered.chunk) for numbered in chunks]
            await self.spaces.store(space, chunks, await self.embedder.embed_documents(texts))
            left = max(0, left - len(chunks))
