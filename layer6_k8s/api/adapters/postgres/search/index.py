"""Search in one statement: by meaning, by words, or by both fused."""

from collections.abc import Sequence

from pgvector import Vector

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.rows import tag
from api.adapters.postgres.search.spaces import Spaces
from api.adapters.postgres.search.statement import statement
from api.errors import NotReady
from api.services.documents.store import MetadataValue
from api.services.embedding.embeddings import SpaceSource
from api.services.retrieval.fusion import sparse_weight
from api.services.retrieval.search import Hit, Query


class PostgresIndex:
    """The port `Index`. `space` gives the embedding space of the queries' vectors."""

    def __init__(self, database: Database, spaces: Spaces, space: SpaceSource) -> None:
        self.database = database
        self.spaces = spaces
        self.space = space

    async def search(self, query: Query) -> list[Hit]:
        """See `Index`. One statement, so all hits are of one snapshot.

        Raises `StoreUnavailable`, and `OtherSpace` if the documents are embedded in another space.
        """
        if _finds_nothing(query):
            return []
        space = await self.space()
        space_id = await self.spaces.active(space)
        filters = [[tag(key, value) for value in _values(allowed)] for key, allowed in (query.filters or {}).items()]
        parameters = {
            "dense": Vector(query.dense),
            "terms": query.sparse.indices,
            "weights": query.sparse.values,
            "sparse_weight": sparse_weight.get(),
            "document_ids": None if query.document_ids is None else list(query.document_ids),
            **{f"filter_{number}": tags for number, tags in enumerate(filters)},
        }
        by_id = query.document_ids is not None
        text = statement(
            space_id,
            space.dimension,
            query.mode,
            query.top_k,
            len(filters),
            by_id,
            indexed=await self.indexed(space_id),
        )
        rows = await self.database.rows(text, parameters)
        if not rows:  # there is at least one row for a space that is stored
            self.spaces.forget(space)
            raise NotReady("The embedding model is being changed. Try again in a moment.")
        return [Hit(*row) for row in rows if row[0] is not None]

    async def indexed(self, space_id: int) -> str:
        """The vectors that have an index: a name in FROM."""
        return "embeddings"


def _finds_nothing(query: Query) -> bool:
    """No document is allowed, no value of a filter, or there is no word to search for."""
    none_allowed = query.document_ids == [] or [] in (query.filters or {}).values()
    return none_allowed or (query.mode == "sparse" and not query.sparse)


def _values(allowed: MetadataValue | Sequence[MetadataValue]) -> Sequence[MetadataValue]:
    return [allowed] if isinstance(allowed, str | int | float) else allowed
