"""Read vectors exactly as Qdrant stores them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from qdrant_client import QdrantClient

from api.adapters.qdrant.points import BATCH, collection_name, space_of
from api.adapters.qdrant.vectors import QdrantVectors
from api.services.embedding.embeddings import Space
from api.services.transfer.codec import ChunkVectors


class QdrantStored:
    """The port `StoredVectors`. The calls run in the threads of `vectors`."""

    def __init__(self, client: QdrantClient, vectors: QdrantVectors) -> None:
        self.client = client
        self.vectors = vectors

    async def spaces(self) -> Mapping[Space, int]:
        return await self.vectors.run(self._spaces)

    async def read(self, space: Space, chunk_ids: Sequence[UUID]) -> Mapping[UUID, ChunkVectors]:
        return await self.vectors.run(lambda: self._read(collection_name(space), [str(id) for id in chunk_ids]))

    def _spaces(self) -> Mapping[Space, int]:
        names = [found.name for found in self.client.get_collections().collections]
        spaces = {name: space_of(name) for name in names}
        return {space: self.client.count(name, exact=True).count for name, space in spaces.items() if space}

    def _read(self, collection: str, ids: Sequence[str]) -> Mapping[UUID, ChunkVectors]:
        found: dict[UUID, ChunkVectors] = {}
        if not self.client.collection_exists(collection):
            return found
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            for record in self.client.retrieve(collection, batch, with_payload=False, with_vectors=True):
                found[UUID(str(record.id))] = _vectors(record.vector)
        return found


def _vectors(vector: Any) -> ChunkVectors:
    sparse = vector.get("sparse")
    terms = np.array(sparse.indices if sparse else [], dtype="<u4")
    weights = np.array(sparse.values if sparse else [], dtype=np.float64)
    order, single = np.argsort(terms), weights.astype("<f4")
    rounded = int((single != weights).sum())
    return ChunkVectors(np.array(vector["dense"], dtype="<f4"), terms[order], single[order], rounded)
