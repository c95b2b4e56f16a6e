"""Embedding spaces: which one answers, and the index over its vectors."""

import logging
from collections.abc import Awaitable, Callable

from psycopg import sql

from api.adapters.postgres.database import Connection, Database
from api.errors import MyStackError
from api.services.embedding.embeddings import Embeddings, Space

# The first space that comes is the one that answers.
FIRST = """
    INSERT INTO embedding_spaces (name, dimension, state)
    SELECT %s, %s, 'active' WHERE NOT EXISTS (SELECT FROM embedding_spaces WHERE state = 'active')
    ON CONFLICT DO NOTHING
"""
HELD = "SELECT id FROM embedding_spaces WHERE name = %s AND state = 'active' FOR SHARE"
ACTIVE = "SELECT id, name FROM embedding_spaces WHERE state = 'active'"

# Candidates that HNSW compares for each vector that comes in. With pgvector's 64, 100,000 vectors are indexed in half
# of the time, and recall@10 is .98 in 5.3 ms; with 100 it is .99 in 3.4 ms.
EF_CONSTRUCTION = 100

HNSW_PREFIX = "embeddings_hnsw_"
"""Begins the names of the indexes that each embedding space makes for itself; no migration knows them."""

logger = logging.getLogger("mystack.embedding")


class OtherSpace(MyStackError):
    """The documents were embedded by another model than the one that this service runs."""

    status = 503
    code = "other_embedding_space"

    def __init__(self, stored: str, running: str) -> None:
        super().__init__(
            f"The documents are embedded in {stored}, and this service runs {running}: their vectors cannot be "
            "compared. Start it with the former's EMBEDDING_MODEL, or move the documents to the latter's with "
            "`mystack reembed --model …`."
        )


class Spaces:
    """Finds the number of the active space, and makes the very first."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._ids: dict[Space, int] = {}

    async def active(self, space: Space) -> int:
        """The number of `space`, which is the active one or becomes it because there is none yet.

        Raises `OtherSpace` when another space is active; `StoreUnavailable`.
        """
        if space not in self._ids:
            self._ids[space] = await self._found_or_made(space)
        return self._ids[space]

    def forget(self, space: Space) -> None:
        """It was seen not to be active any more."""
        self._ids.pop(space, None)

    async def _found_or_made(self, space: Space) -> int:
        for attempt in ("read", "make"):
            rows = await self.database.rows(ACTIVE)
            if rows and rows[0][1] == space.name:
                return int(rows[0][0])
            if rows or attempt == "make":
                break
            async with self.database.transaction() as connection:
                await connection.execute(FIRST, [space.name, space.dimension])
                await create_index(connection, (await lock_active_space(connection, space)), space.dimension)
        raise OtherSpace(rows[0][1] if rows else "no space", space.name)


def space_probe(spaces: Spaces, embeddings: Embeddings) -> Callable[[], Awaitable[str]]:
    """For /health: one sentence. Raises `NotReady` while the model is being loaded, and `OtherSpace`."""
    told: set[str] = set()

    async def probe() -> str:
        await embeddings.check()
        running = (await embeddings.space()).name
        rows = await spaces.database.rows(ACTIVE)
        if rows and rows[0][1] != running:
            error = OtherSpace(rows[0][1], running)
            if error.detail not in told:
                told.add(error.detail)
                logger.error("%s", error)
            raise error
        return f"The documents are embedded in {running}." if rows else "Nothing is embedded yet."

    return probe


async def lock_active_space(connection: Connection, space: Space) -> int:
    """The number of `space`, which stays the active one until the transaction ends. Raises `OtherSpace`."""
    row = await (await connection.execute(HELD, [space.name])).fetchone()
    if row is None:
        active = await (await connection.execute(ACTIVE)).fetchone()
        raise OtherSpace(active[1] if active else "no space", space.name)
    return int(row[0])


async def create_index(connection: Connection, space_id: int, dimension: int, *, concurrently: bool = False) -> None:
    """The HNSW index of a space, in half precision. Over vectors that are there already it takes its time.

    `concurrently`: others may write meanwhile; the connection must not be in a transaction.
    """
    statement = sql.SQL(
        "CREATE INDEX {concurrently} IF NOT EXISTS {name} ON embeddings "
        "USING hnsw ((dense::halfvec({dimension})) halfvec_cosine_ops) WITH (ef_construction = {effort}) "
        "WHERE space_id = {space}"
    )
    await connection.execute(
        statement.format(
            concurrently=sql.SQL("CONCURRENTLY" if concurrently else ""),
            name=index_name(space_id),
            dimension=sql.Literal(dimension),
            effort=sql.Literal(EF_CONSTRUCTION),
            space=sql.Literal(space_id),
        )
    )


async def drop_index(connection: Connection, space_id: int) -> None:
    """Before many vectors are loaded: an index is built much faster than it grows."""
    await connection.execute(sql.SQL("DROP INDEX IF EXISTS {}").format(index_name(space_id)))


def index_name(space_id: int) -> sql.Identifier:
    return sql.Identifier(f"{HNSW_PREFIX}{space_id}")
