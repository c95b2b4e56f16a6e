"""The indexes of large tenants: made, and dropped when their tenant, space or size is gone.

Only who owns the tables may do that. Each is made CONCURRENTLY, so that searches and uploads go on meanwhile.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import psycopg
from psycopg import sql

from api.adapters.postgres.database import Database
from api.adapters.postgres.schema.migrations import SchemaRefused
from api.adapters.postgres.search.reembedding import VALID
from api.adapters.postgres.search.spaces import EF_CONSTRUCTION, HNSW_PREFIX
from api.services.documents.store import StoreUnavailable
from api.services.tenants.callers import Tenant, TenantCaller, acting_as
from api.services.tenants.each import Directory

LARGE = 20_000
"""Chunks from which on a tenant gets an index. A search that compares so many vectors one by one takes some 50 ms."""
KEPT_SHARE = 0.5
"""An index is dropped when the tenant has less than this share of `LARGE`: not each time that it shrinks a little."""
CHUNKS = "SELECT coalesce(sum(chunks), 0)::bigint FROM documents"
SPACES = "SELECT id, dimension, state = 'active' FROM embedding_spaces"
THERE = r"SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'embeddings\_hnsw\_%\_%'"
CREATE = """
    CREATE INDEX CONCURRENTLY {name} ON public.embeddings
    USING hnsw ((dense::halfvec({dimension})) halfvec_cosine_ops) WITH (ef_construction = {effort})
    WHERE space_id = {space} AND tenant_no = {tenant}
"""


NOT_OWNER = "This role does not own the tables, so it cannot make indexes on them: set DATABASE_OWNER_URL."


class Wanted(NamedTuple):
    space_id: int
    dimension: int
    tenant: Tenant


class TenantIndexes:
    """`database`: opened as the owner of the tables. `large`: chunks from which on a tenant gets an index."""

    def __init__(self, database: Database, directory: Directory, *, large: int = LARGE) -> None:
        self.database = database
        self.directory = directory
        self.large = large

    async def update(self) -> AsyncIterator[str]:
        """Make what is missing, drop what is not needed; a sentence for each. May be repeated, also if interrupted."""
        tenants = {tenant: await self._chunks(tenant) for tenant in await self.directory.all()}
        spaces = await self.database.rows(SPACES)
        kept = {
            index_of(space_id, tenant.no)
            for space_id, _, _ in spaces
            for tenant, chunks in tenants.items()
            if chunks >= self.large * KEPT_SHARE
        }
        for (name,) in await self.database.rows(THERE):
            if name not in kept or not await self._is_valid(name):
                await self._run(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier("public", name)))
                yield f"dropped {name}"
        for space_id, dimension in [(id, dimension) for id, dimension, active in spaces if active]:
            for tenant in [tenant for tenant, chunks in tenants.items() if chunks >= self.large]:
                if not await self._is_valid(index_of(space_id, tenant.no)):
                    await self._create(Wanted(space_id, dimension, tenant))
                    yield f"indexed the {tenants[tenant]:,} chunks of {tenant.name}"

    async def _chunks(self, tenant: Tenant) -> int:
        with acting_as(TenantCaller("indexing", tenant)):
            ((chunks,),) = await self.database.rows(CHUNKS)
        return int(chunks)

    async def _is_valid(self, name: str) -> bool:
        return await self.database.rows(VALID, [f"public.{name}"]) == [(True,)]

    async def _create(self, wanted: Wanted) -> None:
        await self._run(
            sql.SQL(CREATE).format(
                name=sql.Identifier(index_of(wanted.space_id, wanted.tenant.no)),
                dimension=sql.Literal(wanted.dimension),
                effort=sql.Literal(EF_CONSTRUCTION),
                space=sql.Literal(wanted.space_id),
                tenant=sql.Literal(wanted.tenant.no),
            )
        )

    async def _run(self, statement: sql.Composed) -> None:
        """Outside of a transaction and of the pool, without a time limit."""
        async with self._autocommit() as connection:
            await connection.execute(statement)

    @asynccontextmanager
    async def _autocommit(self) -> AsyncIterator[psycopg.AsyncConnection]:
        try:
            connection = await psycopg.AsyncConnection.connect(self.database.url, autocommit=True)
            async with connection:
                yield connection
        except psycopg.errors.InsufficientPrivilege as error:
            raise SchemaRefused(NOT_OWNER) from error
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"PostgreSQL failed ({type(error).__name__}). Run the command again.") from error


def index_of(space_id: int, tenant_no: int) -> str:
    return f"{HNSW_PREFIX}{int(space_id)}_{int(tenant_no)}"
