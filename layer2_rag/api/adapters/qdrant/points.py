"""Chunks as points in Qdrant: a dense and a sparse vector each, and keywords for filters."""

import json
import re
from collections.abc import Iterator, Sequence

from qdrant_client import models

from api.services.documents.store import MetadataValue, NewDocument
from api.services.embedding.embeddings import Space
from api.services.retrieval.search import Filters, Query

BATCH = 256


def collection_name(space: Space) -> str:
    """The collection of an embedding space. Each has its own: vectors of two spaces cannot be compared."""
    return re.sub(r"[^A-Za-z0-9._@-]+", "_", space.name)


def space_of(collection: str) -> Space | None:
    """The embedding space of a collection; None for a collection of another application."""
    match = re.fullmatch(r"(.+@[^_]+)_([^_]+)_(\d+)", collection)
    return Space(f"{match[1]}/{match[2]}/{match[3]}", int(match[3])) if match else None


def tag(key: str, value: MetadataValue) -> str:
    """A keyword of a metadata field and its value. One payload index on the keywords serves every field.

    `true`, `1` and "1" are three values; `1` and `1.0` are one, as in JSON.
    """
    whole = isinstance(value, float) and value.is_integer()
    return json.dumps([key, int(value) if whole else value], ensure_ascii=False)


def points(new: NewDocument) -> Iterator[list[models.PointStruct]]:
    """In batches: as lists of Python floats, all vectors of a book would take too much memory at once."""
    tags = [tag(key, value) for key, value in new.document.metadata.items()]
    payload = {"document_id": str(new.document.id), "tags": tags}
    for start in range(0, len(new.chunks), BATCH):
        batch = slice(start, start + BATCH)
        rows = zip(new.chunks[batch], new.dense[batch], new.sparse[batch], strict=True)
        yield [
            models.PointStruct(
                id=str(chunk.id),
                vector={
                    "dense": dense.tolist(),
                    "sparse": models.SparseVector(indices=sparse.indices, values=sparse.values),
                },
                payload=payload,
            )
            for chunk, dense, sparse in rows
        ]


def wanted_tags(filters: Filters | None) -> list[list[str]]:
    """For each field the keywords of which a document must have one."""
    return [[tag(key, value) for value in _several(wanted)] for key, wanted in (filters or {}).items()]


def conditions(query: Query) -> models.Filter | None:
    """The filters and document ids of a query."""
    must: list[models.Condition] = [any_of("tags", tags) for tags in wanted_tags(query.filters)]
    if query.document_ids is not None:
        must.append(any_of("document_id", [str(id) for id in query.document_ids]))
    return models.Filter(must=must) if must else None


def any_of(key: str, values: list[str]) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchAny(any=values))


def _several(wanted: MetadataValue | Sequence[MetadataValue]) -> Sequence[MetadataValue]:
    return [wanted] if isinstance(wanted, str | int | float) else wanted
