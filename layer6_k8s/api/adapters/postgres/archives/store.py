"""Finished archives, in parts, until they expire: the port `ArchiveStore`.

They are in the database because the worker that writes an archive and the process that sends it may be two, and so
that an archive is deleted with its tenant.
"""

from collections.abc import AsyncIterator
from uuid import UUID

from api.adapters.postgres.database import Database

HOURS = 24
CURRENT = f"created_at > now() - interval '{HOURS} hours'"
FORGET = "DELETE FROM archives WHERE job_id = %s"
PUT = "INSERT INTO archives (job_id, part, data) VALUES (%s, %s, %s)"
SIZE = f"SELECT sum(length(data))::bigint FROM archives WHERE job_id = %s AND {CURRENT}"  # noqa: S608
PART = "SELECT data FROM archives WHERE job_id = %s AND part = %s"
FORGET_EXPIRED = f"DELETE FROM archives WHERE NOT ({CURRENT})"  # noqa: S608


class PostgresArchives:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def put(self, job_id: UUID, parts: AsyncIterator[bytes]) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(FORGET, [job_id])
            number = 0
            async for part in parts:
                await connection.execute(PUT, [job_id, number, part])
                number += 1

    async def size(self, job_id: UUID) -> int | None:
        ((size,),) = await self.database.rows(SIZE.encode(), [job_id])
        return None if size is None else int(size)

    async def parts(self, job_id: UUID) -> AsyncIterator[bytes]:
        number = 0
        while rows := await self.database.rows(PART, [job_id, number]):
            yield bytes(rows[0][0])
            number += 1


async def forget_expired(database: Database) -> None:
    """Of all tenants: for the bookkeeping."""
    async with database.transaction() as connection:
        await connection.execute(FORGET_EXPIRED.encode())
