"""The trace that a job continues, in the row of the job: messages get lost, and are delivered twice."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from api.adapters.postgres.database import Connection, Database
from api.adapters.postgres.jobs.jobs import JobWrite

KEEP = "UPDATE jobs SET traceparent = %s WHERE id = %s"
READ = "SELECT traceparent FROM jobs WHERE id = %s"


def with_traceparent(current: Callable[[], str | None]) -> JobWrite:
    """Stores the current trace with each new job, in its transaction."""

    async def write(connection: Connection, job_id: UUID) -> None:
        if traceparent := current():
            await connection.execute(KEEP, [traceparent, job_id])

    return write


def origin_of(database: Database) -> Callable[[UUID], Awaitable[str | None]]:
    """Reads it again. Raises `StoreUnavailable`."""

    async def read(job_id: UUID) -> str | None:
        rows = await database.rows(READ, [job_id])
        return rows[0][0] if rows else None

    return read
