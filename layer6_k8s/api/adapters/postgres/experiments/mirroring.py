"""What has not been mirrored: the port `MirrorQueue`, on the tables of runs and aliases."""

from collections.abc import Sequence
from uuid import UUID

from api.adapters.postgres.database import Database
from api.adapters.postgres.experiments.columns import RUN, read_run
from api.adapters.postgres.experiments.registry import ALIASED
from api.services.experiments.registry import Version
from api.services.experiments.runs import Run

LEASE = "interval '60 seconds'"
"""A run that was claimed and not marked is due again after this time."""
WAITS = "mirrored_as IS NULL AND mirror_error IS NULL"
CLAIM = f"""
    UPDATE runs SET mirror_after = now() + {LEASE} WHERE id = (
        SELECT id FROM runs WHERE {WAITS} AND mirror_after <= now()
        ORDER BY mirror_after, created_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING {RUN}
"""
RELEASE = "UPDATE runs SET mirror_after = now() WHERE id = %s"
LOGGED = "UPDATE runs SET mirrored_as = %s WHERE id = %s"
REFUSED = "UPDATE runs SET mirror_error = %s WHERE id = %s"
UNREGISTERED = f"{ALIASED} WHERE mirrored_at IS NULL ORDER BY kind"
REGISTERED = "UPDATE registry_aliases SET mirrored_at = now() WHERE kind = %s AND alias = %s AND moved_at = %s"
WAITING = f"SELECT count(*) FROM runs WHERE {WAITS}"


class PostgresMirrorQueue:
    """The port `MirrorQueue`. Several processes may share the work."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def claim(self) -> Run | None:
        async with self.database.transaction() as connection:
            row = await (await connection.execute(CLAIM.encode())).fetchone()
        return read_run(row) if row else None

    async def release(self, id: UUID) -> None:
        await self._execute(RELEASE, id)

    async def logged(self, id: UUID, tracker_id: str) -> None:
        await self._execute(LOGGED, tracker_id, id)

    async def refused(self, id: UUID, reason: str) -> None:
        await self._execute(REFUSED, reason, id)

    async def unregistered(self) -> Sequence[Version]:
        return [Version(*row) for row in await self.database.rows(UNREGISTERED.encode())]

    async def registered(self, version: Version) -> None:
        await self._execute(REGISTERED, version.kind, version.alias, version.moved_at)

    async def waiting(self) -> int:
        ((count,),) = await self.database.rows(WAITING.encode())
        return int(count)

    async def _execute(self, statement: str, *values: object) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(statement.encode(), values)
