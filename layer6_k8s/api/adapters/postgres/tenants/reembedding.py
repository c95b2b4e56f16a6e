"""Filling and switching embedding spaces, which are those of all tenants: the port `FillableSpaces`."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.library_version import bump_version
from api.adapters.postgres.search.reembedding import (
    DROP,
    LOCK_SPACES,
    MISSING,
    REEMBEDDING_LOCK,
    RETIRED,
    PostgresReembedding,
)
from api.services.documents.reembedding import CannotReembed, KnownSpace, NumberedChunk, State
from api.services.embedding.embeddings import Space
from api.services.embedding.encoder_threads import Vectors
from api.services.serving.context import current_caller
from api.services.tenants.callers import Tenant, TenantCaller, acting_as
from api.services.tenants.each import Directory

LOCK_BESIDE = "SELECT pg_try_advisory_lock_shared(%s) AND pg_try_advisory_lock(%s, %s)"
FOR_TENANT = "SELECT set_config('app.tenant', %s, true)"


class OwnRefresh(PostgresReembedding):
    """The port `Fillable`, for the tenant whose job it is."""

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Beside those of other tenants, but not while the model is changed. Raises `CannotReembed`."""
        caller = current_caller.get()
        tenant = caller.tenant.no if isinstance(caller, TenantCaller) else 0
        async with self._autocommit() as connection:
            cursor = await connection.execute(LOCK_BESIDE, [REEMBEDDING_LOCK, REEMBEDDING_LOCK, tenant])
            if await cursor.fetchone() != (True,):
                raise CannotReembed("The vectors of this tenant are being computed, or those of all.")
            yield


class TenantReembedding(PostgresReembedding):
    """Tenant by tenant; the switch waits for the last one. There is no index to build or to drop."""

    def __init__(self, database: Database, directory: Directory) -> None:
        super().__init__(database)
        self.directory = directory
        self._owners: dict[int, Tenant] = {}
        """Of the chunks that were read last, by their number."""

    async def known(self) -> Sequence[KnownSpace]:
        missing: dict[tuple[Space, State], int] = defaultdict(int)
        for tenant in await self.directory.all():
            with acting_as(TenantCaller("reembedding", tenant)):
                for one in await super().known():
                    missing[one.space, one.state] += one.missing
        return [KnownSpace(space, state, count) for (space, state), count in missing.items()]

    async def chunks(self) -> int:
        total = 0
        for tenant in await self.directory.all():
            with acting_as(TenantCaller("reembedding", tenant)):
                total += await super().chunks()
        return total

    async def without_vector(self, space: Space, limit: int) -> Sequence[NumberedChunk]:
        """Of one tenant at a time."""
        for tenant in await self.directory.all():
            with acting_as(TenantCaller("reembedding", tenant)):
                if found := await super().without_vector(space, limit):
                    self._owners = {one.number: tenant for one in found}
                    return found
        return []

    async def store(self, space: Space, chunks: Sequence[NumberedChunk], dense: Vectors) -> None:
        with acting_as(TenantCaller("reembedding", self._owners[chunks[0].number])):
            await super().store(space, chunks, dense)

    async def index(self, space: Space) -> None:
        """Vectors of a tenant are compared one by one."""

    async def switch(self, space: Space) -> bool:
        """Raises like `PostgresReembedding`."""
        space_id, tenants = await self._id(space), await self.directory.all()
        async with self.database.transaction() as connection:
            await connection.execute(LOCK_SPACES, [space.name])
            for tenant in tenants:
                await connection.execute(FOR_TENANT, [str(tenant.no)])
                if await (await connection.execute(MISSING, [space_id])).fetchone() == (True,):
                    return False
            for tenant in tenants:
                await connection.execute(FOR_TENANT, [str(tenant.no)])
                await bump_version(connection)
            await connection.execute("UPDATE embedding_spaces SET state = 'retired' WHERE state = 'active'")
            await connection.execute("UPDATE embedding_spaces SET state = 'active' WHERE id = %s", [space_id])
        return True

    async def drop(self, space: Space) -> None:
        if await self.database.rows(RETIRED, [space.name]):
            async with self.database.transaction() as connection:
                await connection.execute(DROP, [space.name])
