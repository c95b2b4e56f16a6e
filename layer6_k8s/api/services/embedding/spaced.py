"""An embedder that says in which space its vectors are."""

from typing import Protocol

from api.services.embedding.embeddings import Embedder, Space


class SpacedEmbedder(Embedder, Protocol):
    async def space(self) -> Space:
        """The space of its vectors, which may change while the service runs. Raises `NotReady`."""
        ...
