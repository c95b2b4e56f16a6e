"""Search in one statement: by meaning, by words, and the two fused."""

from collections.abc import Awaitable, Callable, Sequence

from pgvector import Vector
from psycopg.rows import TupleRow

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.rows import tag
from api.adapters.postgres.search.spaces import Spaces
from api.adapters.postgres.search.statement import statement
from api.errors import NotReady
from api.services.documents.store import MetadataValue
from api.services.embedding.embeddings import Space
from api.services.retrieval.search import Hit, Query


class PostgresIndex:
    """The port `Index`. `space` says which embedding space the queries' vectors are of."""

    def __init__(self, database: Database, spaces: Spaces, space: Callable[[], Awaitable[Space]]) -> None:
        self.database = database
        self.spaces = spaces
        self.space = space

    async def search(self, query: Query) -> list[Hit]:
        """As `Index` says: one statement, which sees the documents as they are at one moment.

        Raises `StoreUnavailable`, and `OtherSpace` when the vectors are of another embedding space by now.
        """
        if _hopeless(query):
            return []
        space = await self.space()
        space_id = await self.spaces.active(space)
        filters = [[tag(key, value) for value in _several(wanted)] for key, wanted in (query.filters or {}).items()]
        parameters = {
            "dense": Vector(query.dense),
            "terms": query.sparse.indices,
            "weights": query.sparse.values,
            "document_ids": None if query.document_ids is None else list(query.document_ids),
            **{f"filter_{number}": wanted for number, wanted in enumerate(filters)},
        }
        by_id = query.document_ids is not None
        text = statement(space_id, space.dimension, query.mode, query.top_k, len(filters), by_id)
        rows = await self.database.rows(text, parameters)
        if rows[0][0] != "active":
            self.spaces.forget(space)
            raise NotReady("The embedding model is being changed. Ask again in a moment.")
        return [_hit(row) for row in rows if row[1] is not None]


def _hit(row: TupleRow) -> Hit:
    return Hit(*row[1:])


def _hopeless(query: Query) -> bool:
    """Nothing to look into, no value that would do, or no word to look for."""
    none_allowed = query.document_ids == [] or [] in (query.filters or {}).values()
    return none_allowed or (query.mode == "sparse" and not query.sparse)


def _several(wanted: MetadataValue | Sequence[MetadataValue]) -> Sequence[MetadataValue]:
    return [wanted] if isinstance(wanted, str | int | float) else wanted
