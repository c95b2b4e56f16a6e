"""Embedding that is continued: what a job has embedded is kept until it ends, so a lost worker costs one group."""

import hashlib
from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

import numpy as np

from api.services.embedding.spaced import SpacedEmbedder
from api.services.jobs.current import current_work, report

GROUP = 128
"""Texts embedded between two reports, and kept together. A document with fewer chunks is embedded again as a whole."""
EMBEDDING, STORING = 0.15, 0.95
"""Progress at the beginning of these stages: nearly all of the time is embedding."""


class VectorStore(Protocol):
    """Vectors of jobs that have not ended. Both methods raise `StoreUnavailable`."""

    async def get(self, job_id: UUID, key: str) -> bytes | None: ...

    async def keep(self, job_id: UUID, key: str, data: bytes) -> None:
        """Keep them until the job ends. Nothing is kept for a job that does not run."""
        ...


class ResumingEmbedder:
    """The port `Embedder`, which reports how far it is, and continues what another attempt of the job began."""

    def __init__(self, embedder: SpacedEmbedder, kept: VectorStore) -> None:
        self.embedder = embedder
        self.kept = kept

    async def embed_documents(self, texts: Sequence[str]) -> Any:
        groups = []
        for begin in range(0, len(texts), GROUP):
            report("embedding", EMBEDDING + (STORING - EMBEDDING) * begin / len(texts))
            group = texts[begin : begin + GROUP]
            groups.append(await (self._group(group) if len(texts) > GROUP else self.embedder.embed_documents(group)))
        return np.concatenate(groups) if groups else await self.embedder.embed_documents(texts)

    async def embed_query(self, text: str) -> Any:
        return await self.embedder.embed_query(text)

    async def _group(self, texts: Sequence[str]) -> Any:
        """The vectors of a group, from an earlier attempt if it came so far."""
        work = current_work.get()
        if work is None:
            return await self.embedder.embed_documents(texts)
        space = await self.embedder.space()
        key = hashlib.sha256("\0".join([space.name, *texts]).encode()).hexdigest()
        kept = await self.kept.get(work.claim.id, key)
        if kept is not None:
            return np.frombuffer(kept, dtype=np.float32).reshape(len(texts), space.dimension)
        vectors = await self.embedder.embed_documents(texts)
        if await self.embedder.space() == space:  # it may have been switched meanwhile
            await self.kept.keep(work.claim.id, key, np.asarray(vectors, dtype=np.float32).tobytes())
        return vectors
