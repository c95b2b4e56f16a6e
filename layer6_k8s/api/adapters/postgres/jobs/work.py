"""Jobs as workers and the sweeper see them: the ports `WorkStore` and `Sweeping`.

A worker's every write names the token of its claim. `finish_current` runs inside the transaction that publishes a
document: the job is done exactly if the document is there.
"""

from collections.abc import Sequence
from uuid import UUID, uuid4

from psycopg.types.json import Json

from api.adapters.postgres.database import Connection, Database
from api.adapters.postgres.jobs.vectors import forget_vectors
from api.services.documents.ingestion import Upload
from api.services.jobs.current import current_work
from api.services.jobs.jobs import MOST_LOSSES, Claim, Due, Fenced, JobError, StoredFile, as_json

CLAIM = """
    UPDATE jobs SET state = 'running', stage = 'starting', token = %(token)s, attempts = attempts + 1,
        lease_until = now() + %(lease)s * interval '1 second', started_at = now()
    WHERE jobs.id = (
        SELECT id FROM jobs WHERE state = 'queued' AND run_after <= now() AND (losses > 0) = %(alone)s
        ORDER BY priority, run_after LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id, kind, document_id, filename, (SELECT metadata FROM files WHERE files.id = document_id),
        (SELECT replaces FROM files WHERE files.id = document_id), attempts, losses, url, subject, batch_id, priority
"""
KEEP = """
    INSERT INTO files (id, filename, metadata, sha256, size_bytes, data) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""
SAME_BYTES = "SELECT id FROM files WHERE sha256 = %s"
OURS = "WHERE id = %(id)s AND token = %(token)s AND state = 'running'"
RENEW = f"""
    UPDATE jobs SET lease_until = now() + %(lease)s * interval '1 second', stage = %(stage)s, progress = %(progress)s
    {OURS}
"""
ENDED = "token = NULL, lease_until = NULL, finished_at = now()"
NAME = f"UPDATE jobs SET document_id = %(document)s, filename = %(filename)s {OURS}"
FINISH = f"UPDATE jobs SET state = 'done', stage = 'done', progress = 1, result_id = %(result)s, {ENDED} {OURS}"
FAIL = f"UPDATE jobs SET state = 'failed', error = %(error)s, {ENDED} {OURS}"
AGAIN = f"""
    UPDATE jobs SET state = 'queued', stage = 'queued', error = %(error)s, token = NULL, lease_until = NULL,
        published_at = NULL, run_after = now() + %(wait)s * interval '1 second' {OURS}
"""
RELEASE = f"""
    UPDATE jobs SET state = 'queued', stage = 'queued', attempts = attempts - 1, token = NULL, lease_until = NULL,
        published_at = NULL {OURS}
"""
FILE = "SELECT filename, data FROM files WHERE id = %s AND data IS NOT NULL"
FORGET_BYTES = "UPDATE files SET data = NULL WHERE id = %s"
LOST = {
    "code": "worker_lost",
    "detail": "The worker ended while it ran this job, three times: the document may be what ends it.",
    "status": 500,
}
TAKE_BACK = f"""
    UPDATE jobs SET losses = losses + 1, attempts = attempts - 1, token = NULL, lease_until = NULL, published_at = NULL,
        stage = CASE WHEN losses + 1 >= {MOST_LOSSES} THEN stage ELSE 'queued' END,
        state = CASE WHEN losses + 1 >= {MOST_LOSSES} THEN 'failed' ELSE 'queued' END,
        finished_at = CASE WHEN losses + 1 >= {MOST_LOSSES} THEN now() END,
        error = CASE WHEN losses + 1 >= {MOST_LOSSES} THEN %(lost)s::json ELSE error END
    WHERE id = ANY(ARRAY(SELECT id FROM jobs WHERE state = 'running' AND lease_until < now() FOR UPDATE SKIP LOCKED))
    RETURNING id
"""
DUE = """
    UPDATE jobs SET published_at = now() WHERE id = ANY(ARRAY(
        SELECT id FROM jobs WHERE state = 'queued' AND run_after <= now()
        AND (published_at IS NULL OR %(empty)s AND published_at < now() - %(grace)s * interval '1 second')
        ORDER BY priority, run_after LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )) RETURNING id, losses > 0
"""
FORGET_ENDED = """
    DELETE FROM kept_vectors USING jobs WHERE jobs.id = job_id AND state NOT IN ('queued', 'running')
"""
UNPUBLISH = "UPDATE jobs SET published_at = NULL WHERE id = ANY(%s) AND state = 'queued'"
SEEN = """
    INSERT INTO workers (name, seen_at) VALUES (%(name)s, now()) ON CONFLICT (name) DO UPDATE SET seen_at = now()
"""
GONE = "DELETE FROM workers WHERE name = %(name)s OR seen_at < now() - interval '1 day'"


class PostgresWork:
    """The ports `WorkStore` and `Sweeping`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def claim(self, lease: float, *, alone: bool = False) -> Claim | None:
        token = uuid4()
        async with self.database.transaction() as connection:
            cursor = await connection.execute(CLAIM, {"token": token, "lease": lease, "alone": alone})
            row = await cursor.fetchone()
        if row is None:
            return None
        job_id, kind, document_id, filename, metadata, replaces, *more = row
        upload = Upload(document_id or job_id, filename, metadata or {}, replaces)
        return Claim(job_id, token, kind, upload, *more)

    async def renew(self, claim: Claim, lease: float, stage: str, progress: float) -> bool:
        return await self._write(RENEW, claim, lease=lease, stage=stage, progress=progress)

    async def finish(self, claim: Claim, document_id: UUID | None) -> None:
        await self._write(FINISH, claim, result=document_id)

    async def release(self, claim: Claim) -> None:
        await self._write(RELEASE, claim)

    async def fail(self, claim: Claim, error: JobError, *, again_in: float | None) -> None:
        if again_in is None:
            await self._write(FAIL, claim, error=Json(as_json(error)))
        else:
            await self._write(AGAIN, claim, error=Json(as_json(error)), wait=again_in)

    async def file(self, document_id: UUID) -> StoredFile | None:
        rows = await self.database.rows(FILE, [document_id])
        return StoredFile(rows[0][0], "", bytes(rows[0][1])) if rows else None

    async def keep(self, claim: Claim, filename: str, data: bytes, sha256: str) -> UUID:
        metadata = Json({"url": claim.url} if claim.url else {})
        async with self.database.transaction() as connection:
            values = [claim.upload.id, filename, metadata, sha256, len(data), data]
            kept = (await connection.execute(KEEP, values)).rowcount == 1
            same = None if kept else await (await connection.execute(SAME_BYTES, [sha256])).fetchone()
            document_id: UUID = same[0] if same else claim.upload.id
            named = {"id": claim.id, "token": claim.token, "document": document_id, "filename": filename}
            if (await connection.execute(NAME.encode(), named)).rowcount == 0:
                raise Fenced
        return document_id

    async def seen(self, worker: str) -> None:
        await self._execute(SEEN, worker)

    async def gone(self, worker: str) -> None:
        await self._execute(GONE, worker)

    async def take_back(self) -> int:
        async with self.database.transaction() as connection:
            await connection.execute(FORGET_ENDED)
            return (await connection.execute(TAKE_BACK, {"lost": Json(LOST)})).rowcount

    async def due(self, grace: float, *, queue_is_empty: bool, limit: int) -> list[Due]:
        async with self.database.transaction() as connection:
            cursor = await connection.execute(DUE, {"grace": grace, "empty": queue_is_empty, "limit": limit})
            return [Due(id, alone) for id, alone in await cursor.fetchall()]

    async def unpublish(self, ids: Sequence[UUID]) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(UNPUBLISH, [list(ids)])

    async def _execute(self, query: str, worker: str) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(query.encode(), {"name": worker})

    async def _write(self, query: str, claim: Claim, **values: object) -> bool:
        """Whether the job is still the claim's."""
        async with self.database.transaction() as connection:
            given = {"id": claim.id, "token": claim.token} | values
            return (await connection.execute(query.encode(), given)).rowcount == 1


async def finish_current(connection: Connection, document_id: UUID) -> None:
    """Mark the current job as done, in the transaction that publishes its document. Raises `Fenced`."""
    if work := current_work.get():
        given = {"id": work.claim.id, "token": work.claim.token, "result": document_id}
        if (await connection.execute(FINISH.encode(), given)).rowcount == 0:
            raise Fenced
        await forget_vectors(connection, work.claim.id)


async def forget_bytes(connection: Connection, document_id: UUID) -> None:
    """Delete the original bytes of a document that is stored."""
    await connection.execute(FORGET_BYTES, [document_id])
