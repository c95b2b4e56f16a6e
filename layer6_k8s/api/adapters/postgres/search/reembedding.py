"""Filling, switching and deleting embedding spaces."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
import psycopg
from psycopg import sql

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.chunks import insert_vectors
from api.adapters.postgres.documents.library_version import bump_version
from api.adapters.postgres.documents.rows import CHUNK, chunk_from
from api.adapters.postgres.search.spaces import create_index, index_name
from api.services.documents.reembedding import CannotReembed, KnownSpace, NumberedChunk
from api.services.documents.store import StoreUnavailable
from api.services.embedding.active_space import ModelLocation
from api.services.embedding.embeddings import Space
from api.services.embedding.encoder_threads import Vectors

REEMBEDDING_LOCK = 0x6D795365  # "mySe": the advisory lock that one re-embedding process holds
WITHOUT = "NOT EXISTS (SELECT FROM embeddings WHERE chunk_number = number AND space_id = {space})"
KNOWN = f"""
    SELECT name, dimension, state, (SELECT count(*) FROM chunks WHERE {WITHOUT.format(space="embedding_spaces.id")})
    FROM embedding_spaces ORDER BY id DESC
"""  # noqa: S608
OPEN = """
    INSERT INTO embedding_spaces (name, dimension, state, model, path) VALUES (%s, %s, 'filling', %s, %s)
    ON CONFLICT (name) DO UPDATE SET model = excluded.model, path = excluded.path
    WHERE excluded.model IS NOT NULL
"""
NEXT = f"SELECT number, {CHUNK} FROM chunks WHERE {WITHOUT.format(space='%s')} ORDER BY number LIMIT %s"  # noqa: S608
STILL_THERE = "SELECT number FROM chunks WHERE number = ANY(%s) FOR KEY SHARE"
# Waits for the uploads that have locked the active space, and makes new ones wait.
LOCK_SPACES = "SELECT id FROM embedding_spaces WHERE state = 'active' OR name = %s ORDER BY id FOR UPDATE"
MISSING = f"SELECT EXISTS (SELECT FROM chunks WHERE {WITHOUT.format(space='%s')})"  # noqa: S608
RETIRED = "SELECT id FROM embedding_spaces WHERE name = %s AND state = 'retired'"
DROP = "DELETE FROM embedding_spaces WHERE name = %s AND state = 'retired'"
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


class PostgresReembedding:
    """The port `FillableSpaces`. Everything happens inside `exclusive`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Raises `CannotReembed` while another process re-embeds."""
        async with self._autocommit() as connection:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [REEMBEDDING_LOCK])
            if await cursor.fetchone() != (True,):
                raise CannotReembed("Another `mystack reembed` is running. Wait until it has ended.")
            yield

    async def known(self) -> Sequence[KnownSpace]:
        rows = await self.database.rows(KNOWN)
        return [KnownSpace(Space(name, dimension), state, missing) for name, dimension, state, missing in rows]

    async def open(self, space: Space, model: ModelLocation | None) -> None:
        name, path = (model.name, model.path) if model else (None, None)
        async with self.database.transaction() as connection:
            await connection.execute(OPEN, [space.name, space.dimension, name, path])

    async def chunks(self) -> int:
        ((count,),) = await self.database.rows("SELECT count(*) FROM chunks")
        return int(count)

    async def without_vector(self, space: Space, limit: int) -> Sequence[NumberedChunk]:
        rows = await self.database.rows(NEXT, [await self._id(space), limit])
        return [NumberedChunk(row[0], chunk_from(row[1:])) for row in rows]

    async def store(self, space: Space, chunks: Sequence[NumberedChunk], dense: Vectors) -> None:
        space_id = await self._id(space)
        numbers = np.array([numbered.number for numbered in chunks], dtype=np.int32)
        async with self.database.transaction() as connection:
            rows = await (await connection.execute(STILL_THERE, [numbers.tolist()])).fetchall()
            there = np.isin(numbers, [row[0] for row in rows])
            await insert_vectors(connection, numbers[there], dense[there], space_id)

    async def index(self, space: Space) -> None:
        """An index whose creation was interrupted is invalid, and is created again."""
        space_id = await self._id(space)
        name = index_name(space_id)
        async with self._autocommit() as connection:
            row = await (await connection.execute(VALID, [name.as_string()])).fetchone()
            if row == (False,):
                await connection.execute(sql.SQL("DROP INDEX {}").format(name))
            await create_index(connection, space_id, space.dimension, concurrently=True)

    async def switch(self, space: Space) -> bool:
        space_id = await self._id(space)
        async with self.database.transaction() as connection:
            await connection.execute(LOCK_SPACES, [space.name])
            if await (await connection.execute(MISSING, [space_id])).fetchone() == (True,):
                return False
            await connection.execute("UPDATE embedding_spaces SET state = 'retired' WHERE state = 'active'")
            await connection.execute("UPDATE embedding_spaces SET state = 'active' WHERE id = %s", [space_id])
            await bump_version(connection)
        return True

    async def drop(self, space: Space) -> None:
        retired = await self.database.rows(RETIRED, [space.name])
        if not retired:
            return
        async with self._autocommit() as connection:
            drop = sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}")
            await connection.execute(drop.format(index_name(retired[0][0])))
        async with self.database.transaction() as connection:
            await connection.execute(DROP, [space.name])

    async def _id(self, space: Space) -> int:
        ((id,),) = await self.database.rows("SELECT id FROM embedding_spaces WHERE name = %s", [space.name])
        return int(id)

    @asynccontextmanager
    async def _autocommit(self) -> AsyncIterator[psycopg.AsyncConnection]:
        """A connection outside of the pool, without a time limit."""
        try:
            connection = await psycopg.AsyncConnection.connect(self.database.url, autocommit=True)
            async with connection:
                yield connection
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"PostgreSQL failed ({type(error).__name__}). Run the command again.") from error
