"""How chunks look in Qdrant: a point each, with a dense and a sparse vector, and keywords to limit a search by."""

import json
import re
from collections.abc import Iterator, Sequence

from qdrant_client import models

from api.services.documents.store import MetadataValue, NewDocument
from api.services.embedding.embeddings import Space
from api.services.retrieval.search import Filters, Query

BATCH = 256


def collection_name(space: Space) -> str:
    """One collection for each space: vectors of two spaces never meet."""
    return re.sub(r"[^A-Za-z0-9._@-]+", "_", space.name)


def space_of(collection: str) -> Space | None:
    """The embedding space that a collection is for; None for a collection that is not ours."""
    match = re.fullmatch(r"(.+@[^_]+)_([^_]+)_(\d+)", collection)
    return Space(f"{match[1]}/{match[2]}/{match[3]}", int(match[3])) if match else None


def tag(key: str, value: MetadataValue) -> str:
    """One keyword for a metadata field and its value, so that one payload index serves every field.

    `true`, `1` and "1" are three values; `1` and `1.0` are one, as in JSON.
    """
    whole = isinstance(value, float) and value.is_integer()
    return json.dumps([key, int(value) if whole else value], ensure_ascii=False)


def points(draft: NewDocument) -> Iterator[list[models.PointStruct]]:
    """In batches: as lists of Python floats, all vectors of a book at once would take too much room."""
    tags = [tag(key, value) for key, value in draft.document.metadata.items()]
    payload = {"document_id": str(draft.document.id), "tags": tags}
    for start in range(0, len(draft.chunks), BATCH):
        some = slice(start, start + BATCH)
        rows = zip(draft.chunks[some], draft.dense[some], draft.sparse[some], strict=True)
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
    """For each field the tags of which a document must have one."""
    return [[tag(key, value) for value in _several(wanted)] for key, wanted in (filters or {}).items()]


def conditions(query: Query) -> models.Filter | None:
    must: list[models.Condition] = [any_of("tags", tags) for tags in wanted_tags(query.filters)]
    if query.document_ids is not None:
        must.append(any_of("document_id", [str(id) for id in query.document_ids]))
    return models.Filter(must=must) if must else None


def any_of(key: str, values: list[str]) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchAny(any=values))


def _several(wanted: MetadataValue | Sequence[MetadataValue]) -> Sequence[MetadataValue]:
    return [wanted] if isinstance(wanted, str | int | float) else wanted
