"""Jobs as their users see them: the port `JobStore`."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from psycopg.rows import TupleRow
from psycopg.types.json import Json

from api.adapters.postgres.database import Connection, Database
from api.adapters.postgres.jobs.outdated import outdated_documents
from api.services.documents.store import Position, StoreUnavailable
from api.services.jobs.jobs import (
    OPEN,
    BatchState,
    Job,
    JobError,
    JobState,
    NewJob,
    OutdatedDocument,
    QueueState,
    StoredFile,
)
from api.services.jobs.kinds import JobKind

JOB = """
    id, kind, state, stage, progress, attempts, losses, error, filename, coalesce(result_id, document_id), batch_id,
    created_at, started_at, finished_at
"""
INSERT_FILE = """
    INSERT INTO files (id, filename, metadata, replaces, sha256, size_bytes, data) VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""
SAME_FILE = "SELECT id FROM files WHERE sha256 = %s FOR UPDATE"
FORGET = "DELETE FROM files WHERE id = %s AND NOT EXISTS (SELECT FROM documents WHERE documents.id = files.id)"
AS_NEW = "UPDATE files SET filename = %s, metadata = %s, replaces = %s, data = %s WHERE id = %s"
LATEST = f"SELECT {JOB} FROM jobs WHERE document_id = %s ORDER BY created_at DESC LIMIT 1"
INSERT_JOB = f"""
    INSERT INTO jobs (id, kind, document_id, batch_id, filename, priority) VALUES (%s, %s, %s, %s, %s, %s)
    RETURNING {JOB}
"""
INSERT_FETCH = f"""
    INSERT INTO jobs (id, kind, document_id, filename, url, priority) VALUES (%s, 'fetch', %s, %s, %s, %s)
    RETURNING {JOB}
"""
INSERT_TASK = f"""
    INSERT INTO jobs (id, kind, filename, subject, priority, batch_id) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
    RETURNING {JOB}
"""
SAME_TASK = f"""
    SELECT {JOB} FROM jobs WHERE id = %(id)s OR kind = %(kind)s AND subject IS NOT DISTINCT FROM %(subject)s
    AND document_id IS NULL AND state IN ('queued', 'running') ORDER BY id = %(id)s DESC LIMIT 1
"""
MOST_TRIES = 3
KEPT = "SELECT filename FROM files WHERE id = %s AND data IS NOT NULL FOR UPDATE"
ONE = f"SELECT {JOB} FROM jobs WHERE id = %s"
SEVERAL = f"SELECT {JOB} FROM jobs WHERE id = ANY(%s)"
AHEAD = """
    SELECT count(*) FROM jobs JOIN jobs AS mine ON mine.id = %s
    WHERE jobs.state = 'queued' AND (jobs.priority, jobs.run_after) < (mine.priority, mine.run_after)
"""
PAGE = f"""
    SELECT {JOB} FROM jobs
    WHERE (%(time)s::timestamptz IS NULL OR (created_at, id) < (%(time)s, %(id)s::uuid))
      AND (%(state)s::text IS NULL OR state = %(state)s) AND (%(kind)s::text IS NULL OR kind = %(kind)s)
      AND (%(batch)s::uuid IS NULL OR batch_id = %(batch)s)
    ORDER BY created_at DESC, id DESC LIMIT %(limit)s
"""
CANCEL = f"""
    UPDATE jobs SET state = 'cancelled', finished_at = now(), token = NULL, lease_until = NULL
    WHERE id = %s AND state IN ('queued', 'running') RETURNING {JOB}
"""
RETRIED = """
    state = 'queued', stage = 'queued', progress = 0, attempts = 0, losses = 0, error = NULL, run_after = now(),
    published_at = NULL, started_at = NULL, finished_at = NULL
"""
RETRY = f"UPDATE jobs SET {RETRIED} WHERE id = %s AND state IN ('failed', 'cancelled') RETURNING {JOB}"
RETRY_ALL = f"UPDATE jobs SET {RETRIED} WHERE kind = %s AND state = 'failed' RETURNING id"
BATCH = """
    SELECT created_at,
        (SELECT json_object_agg(state, n) FROM (
            SELECT state, count(*) AS n FROM jobs WHERE batch_id = batches.id GROUP BY state
        ) AS counted),
        (SELECT extract(epoch FROM now() - min(created_at)) FROM jobs WHERE batch_id = batches.id AND state = 'queued')
    FROM batches WHERE id = %s
"""
BATCH_ERRORS = f"""
    SELECT {JOB} FROM jobs WHERE batch_id = %s AND state = 'failed' ORDER BY created_at LIMIT 100
"""
QUEUE = """
    SELECT count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state = 'running'),
        count(*) FILTER (WHERE state = 'failed'),
        coalesce(extract(epoch FROM now() - min(run_after) FILTER (WHERE state = 'queued' AND run_after <= now())), 0),
        (SELECT count(*) FROM workers WHERE seen_at > now() - interval '15 seconds')
    FROM jobs WHERE state IN ('queued', 'running', 'failed')
"""
FILE = """
    SELECT files.filename, coalesce(documents.content_type, 'application/octet-stream'), data
    FROM files LEFT JOIN documents USING (id) WHERE files.id = %s AND data IS NOT NULL
"""


JobWrite = Callable[[Connection, UUID], Awaitable[None]]
"""A further write in the transaction that stores a job, whose id it gets."""


class PostgresJobs:
    """The port `JobStore`. `writes` belong to every job that is stored."""

    def __init__(self, database: Database, writes: Sequence[JobWrite] = ()) -> None:
        self.database = database
        self.writes = writes

    async def add(self, new: NewJob, data: bytes, sha256: str) -> Job:
        """See `JobStore`. The row of the file is locked, so that equal uploads see each other's jobs."""
        upload = new.upload
        async with self.database.transaction() as connection:
            values = [upload.id, upload.filename, Json(dict(upload.metadata)), upload.replaces, sha256, len(data), data]
            document_id = upload.id
            if (await connection.execute(INSERT_FILE, values)).rowcount == 0:
                row = await (await connection.execute(SAME_FILE, [sha256])).fetchone()
                document_id = row[0] if row else upload.id
                latest = await (await connection.execute(LATEST, [document_id])).fetchone()
                again = upload.replaces == document_id
                if latest and (latest[2] in OPEN or (not again and await _is_done(connection, latest))):
                    return job_from(latest)
                await connection.execute(AS_NEW, [*values[1:3], None if again else upload.replaces, data, document_id])
            values = [new.id, new.kind, document_id, new.batch_id, upload.filename, new.priority]
            return job_from((await self._inserted(connection, INSERT_JOB, values))[0])

    async def forget(self, document_id: UUID) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(FORGET, [document_id])

    async def add_fetch(self, job_id: UUID, document_id: UUID, url: str, priority: int) -> Job:
        async with self.database.transaction() as connection:
            values = [job_id, document_id, url, url, priority]
            return job_from((await self._inserted(connection, INSERT_FETCH, values))[0])

    async def add_task(
        self, job_id: UUID, kind: JobKind, name: str, subject: UUID | None, priority: int, batch_id: UUID | None = None
    ) -> Job:
        """See `JobStore`. A task that ends between the two statements is no longer open: then a new one is stored."""
        for _ in range(MOST_TRIES):
            async with self.database.transaction() as connection:
                values = [job_id, kind, name, subject, priority, batch_id]
                inserted = await self._inserted(connection, INSERT_TASK, values)
            same = {"id": job_id, "kind": kind, "subject": subject}
            if rows := inserted or await self.database.rows(SAME_TASK, same):
                return job_from(rows[0])
        raise StoreUnavailable

    async def again(self, document_id: UUID, job_id: UUID, priority: int, batch_id: UUID | None = None) -> Job | None:
        """See `JobStore`."""
        async with self.database.transaction() as connection:
            kept = await (await connection.execute(KEPT, [document_id])).fetchone()
            if kept is None:
                return None
            values = [job_id, "process", document_id, batch_id, kept[0], priority]
            return job_from((await self._inserted(connection, INSERT_JOB, values))[0])

    async def outdated(self, limit: int, after: Position | None) -> list[OutdatedDocument]:
        return await outdated_documents(self.database, limit, after)

    async def job(self, job_id: UUID) -> Job | None:
        return _first(await self.database.rows(ONE, [job_id]))

    async def jobs(self, ids: Sequence[UUID]) -> list[Job]:
        return [job_from(row) for row in await self.database.rows(SEVERAL, [list(ids)])]

    async def ahead(self, job_id: UUID) -> int:
        ((number,),) = await self.database.rows(AHEAD, [job_id])
        return int(number)

    async def page(
        self, limit: int, after: Position | None, state: JobState | None, kind: JobKind | None, batch_id: UUID | None
    ) -> list[Job]:
        """See `JobStore`."""
        time, id = (after.time, after.id) if after else (None, None)
        values = {"limit": limit, "time": time, "id": id, "state": state, "kind": kind, "batch": batch_id}
        return [job_from(row) for row in await self.database.rows(PAGE, values)]

    async def cancel(self, job_id: UUID) -> Job | None:
        return _first(await self._written(CANCEL, [job_id])) or await self.job(job_id)

    async def retry(self, job_id: UUID) -> Job | None:
        return _first(await self._written(RETRY, [job_id])) or await self.job(job_id)

    async def retry_all(self, kind: JobKind) -> int:
        return len(await self._written(RETRY_ALL, [kind]))

    async def add_batch(self, batch_id: UUID) -> None:
        async with self.database.transaction() as connection:
            await connection.execute("INSERT INTO batches (id) VALUES (%s)", [batch_id])

    async def batch(self, batch_id: UUID) -> BatchState | None:
        rows = await self.database.rows(BATCH, [batch_id])
        if not rows:
            return None
        ((created_at, counts, oldest),) = rows
        errors = [job_from(row) for row in await self.database.rows(BATCH_ERRORS, [batch_id])]
        return BatchState(batch_id, created_at, counts or {}, float(oldest or 0), errors)

    async def file(self, document_id: UUID) -> StoredFile | None:
        rows = await self.database.rows(FILE, [document_id])
        return StoredFile(rows[0][0], rows[0][1], bytes(rows[0][2])) if rows else None

    async def state(self) -> QueueState:
        ((queued, running, failed, oldest, workers),) = await self.database.rows(QUEUE)
        return QueueState(queued, running, failed, float(oldest), workers)

    async def _written(self, query: str, values: Sequence[object]) -> list[TupleRow]:
        async with self.database.transaction() as connection:
            return await (await connection.execute(query.encode(), values)).fetchall()

    async def _inserted(self, connection: Connection, query: str, values: Sequence[object]) -> list[TupleRow]:
        """The row of the job that is stored, with what belongs to it; none if there was one already."""
        rows = await (await connection.execute(query.encode(), values)).fetchall()
        for row in rows:
            for write in self.writes:
                await write(connection, row[0])
        return rows


async def _is_done(connection: Connection, job: TupleRow) -> bool:
    """Whether its document is stored: not if that was replaced or deleted since."""
    state, document_id = job[2], job[9]
    stored = await connection.execute("SELECT FROM documents WHERE id = %s", [document_id])
    return bool(state == "done") and stored.rowcount == 1


def job_from(row: TupleRow) -> Job:
    """From the columns of `JOB`."""
    values = list(row)
    values[7] = JobError(**values[7]) if values[7] else None
    return Job(*values)


def _first(rows: Sequence[TupleRow]) -> Job | None:
    return job_from(rows[0]) if rows else None
