"""Qdrant's own engine on the same vectors, inside this process and so without a server's round trip.

The package qdrant-edge-py is Qdrant's storage and search as a library, with the HNSW index of its server. The local
mode of qdrant-client, layer 2's default, compares the question with every vector instead.
"""

import importlib
import importlib.util
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.scale.corpus import CHUNKS, Vectors

ENGINE = "qdrant_edge"
M, EF_CONSTRUCT = 16, 100
"""The defaults of Qdrant's server."""
BATCH = 5000
TOP_K = 10
Metadata = Callable[[int], Mapping[str, int]]
"""The metadata of a document, by its number."""
Result = tuple[list[float], list[set[int]]]
"""Milliseconds of each question, and the numbers of the chunks it found."""


def installed() -> bool:
    """Whether the engine is installed: `pip install qdrant-edge-py`."""
    return importlib.util.find_spec(ENGINE) is not None


def opened(folder: Path, vectors: Vectors, metadata: Metadata, keys: Sequence[str]) -> tuple["Edge", float]:
    """A new indexed shard with all vectors and the fields to filter by, and the seconds it took to build."""
    begun = time.perf_counter()
    edge = Edge(folder, vectors.shape[1], keys)
    edge.fill(vectors, metadata)
    return edge, time.perf_counter() - begun


class Edge:
    """A shard in a new folder."""

    def __init__(self, folder: Path, dimension: int, keys: Sequence[str]) -> None:
        self.q: Any = importlib.import_module(ENGINE)
        q = self.q
        hnsw = q.HnswIndexConfig(m=M, ef_construct=EF_CONSTRUCT, full_scan_threshold=10_000)
        parameters = q.EdgeVectorParams(size=dimension, distance=q.Distance.Cosine, hnsw_config=hnsw)
        optimizers = q.EdgeOptimizersConfig(default_segment_number=1, indexing_threshold=1000)
        folder.mkdir()
        self.shard = q.EdgeShard.create(str(folder), q.EdgeConfig(vectors=parameters, optimizers=optimizers))
        for key in keys:
            self.shard.update(q.UpdateOperation.create_field_index(key, q.PayloadSchemaType.Integer))

    def fill(self, vectors: Vectors, metadata: Metadata) -> None:
        """Store the vectors, numbered from 0, and build the index."""
        q = self.q
        for start in range(0, len(vectors), BATCH):
            rows = range(start, min(start + BATCH, len(vectors)))
            points = [q.Point(n, vectors[n].tolist(), dict(metadata(n // CHUNKS))) for n in rows]
            self.shard.update(q.UpdateOperation.upsert_points(points))
        while self.shard.optimize():
            pass
        self.shard.flush()

    @property
    def indexed(self) -> int:
        """The number of vectors in the HNSW index."""
        return int(self.shard.info().indexed_vectors_count)

    def search(self, questions: Vectors, ef: int, filters: Mapping[str, int] | None = None) -> Result:
        q = self.q
        conditions = [q.FieldCondition(key, match=q.MatchValue(value)) for key, value in (filters or {}).items()]
        chosen = q.Filter(must=conditions) if conditions else None
        times, found = [], []
        for question in questions:
            begun = time.perf_counter()
            request = q.SearchRequest(
                query=q.Query.Nearest(question.tolist()),
                limit=TOP_K,
                filter=chosen,
                params=q.SearchParams(hnsw_ef=ef),
                with_payload=True,
            )
            hits = self.shard.search(request)
            times.append(1000 * (time.perf_counter() - begun))
            found.append({int(hit.id) for hit in hits})
        return times, found

    def close(self) -> None:
        self.shard.close()


def local_mode(folder: Path, vectors: Vectors, questions: Vectors) -> Result:
    """The same questions, answered by qdrant-client's local mode."""
    from qdrant_client import QdrantClient, models

    client = QdrantClient(path=str(folder))
    try:
        parameters = models.VectorParams(size=vectors.shape[1], distance=models.Distance.COSINE)
        client.create_collection("chunks", vectors_config=parameters)
        client.upload_collection("chunks", vectors=vectors, ids=range(len(vectors)))
        times, found = [], []
        for question in questions:
            begun = time.perf_counter()
            hits = client.query_points("chunks", query=question.tolist(), limit=TOP_K).points
            times.append(1000 * (time.perf_counter() - begun))
            found.append({int(hit.id) for hit in hits})
        return times, found
    finally:
        client.close()
