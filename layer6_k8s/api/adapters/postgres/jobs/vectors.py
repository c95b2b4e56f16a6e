"""Vectors of a job that has not ended: the port `VectorStore`."""

from uuid import UUID

from api.adapters.postgres.database import Connection, Database

GET = "SELECT data FROM kept_vectors WHERE job_id = %s AND key = %s"
KEEP = """
    INSERT INTO kept_vectors (job_id, key, data) SELECT id, %(key)s, %(data)s FROM jobs
    WHERE id = %(id)s AND state = 'running' ON CONFLICT DO NOTHING
"""
FORGET = "DELETE FROM kept_vectors WHERE job_id = %s"


class PostgresVectors:
    """The port `VectorStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def get(self, job_id: UUID, key: str) -> bytes | None:
        rows = await self.database.rows(GET, [job_id, key])
        return bytes(rows[0][0]) if rows else None

    async def keep(self, job_id: UUID, key: str, data: bytes) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(KEEP, {"id": job_id, "key": key, "data": data})


async def forget_vectors(connection: Connection, job_id: UUID) -> None:
    """Delete those of a job, in the transaction that ends it."""
    await connection.execute(FORGET, [job_id])
