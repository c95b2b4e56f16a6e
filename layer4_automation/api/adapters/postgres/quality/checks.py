"""The checks of documents, chunks, vectors and jobs, each one statement that only reads."""

from uuid import uuid4

from api.adapters.postgres.database import Database
from api.adapters.postgres.jobs.jobs import PostgresJobs
from api.services.chunking.splitting import MAX_CHARS
from api.services.jobs.jobs import BULK
from api.services.parsing.parser import PARSER_VERSION
from api.services.quality.report import MOST_EXAMPLES, Check, Found

CHECK_SECONDS = 60
"""Longest time of one check."""
LATE_SECONDS, LATE_FACTOR = 600, 10
"""A job waits too long after so many seconds, if that is also so many times as long as others have waited."""
MOST_REPAIRS = 100
"""Documents that one check queues again."""

LIMITED = "SELECT set_config('statement_timeout', %s, true)"
READ_ONLY = "SET TRANSACTION READ ONLY"
WITHOUT_CHUNKS = """
    SELECT id FROM documents WHERE NOT EXISTS (SELECT FROM chunks WHERE document_id = documents.id)
"""
OUTDATED = f"SELECT id FROM documents WHERE parser < {PARSER_VERSION}"
OTHER_NUMBER = """
    SELECT documents.id FROM documents JOIN chunks ON document_id = documents.id
    GROUP BY documents.id, documents.chunks HAVING count(*) <> documents.chunks
"""
WITHOUT_VECTOR = """
    SELECT chunks.id FROM chunks JOIN embedding_spaces AS spaces ON spaces.state = 'active'
    WHERE NOT EXISTS (SELECT FROM embeddings WHERE chunk_number = number AND space_id = spaces.id)
"""
RETIRED = """
    SELECT chunks.id FROM embedding_spaces AS spaces JOIN embeddings ON space_id = spaces.id
    JOIN chunks ON number = chunk_number WHERE spaces.state = 'retired'
"""
WRONG_LENGTH = f"""
    SELECT id FROM chunks WHERE "end" <= start OR "end" - start > {MAX_CHARS} OR btrim(text) = ''
"""
SAME_TEXT = """
    SELECT unnest(ids) FROM (
        SELECT array_agg(document_id) AS ids FROM texts GROUP BY md5(text) HAVING count(*) > 1
    ) AS groups
"""
SAME_NAME = """
    SELECT unnest(ids) FROM (
        SELECT array_agg(id ORDER BY created_at) AS ids FROM documents GROUP BY filename HAVING count(*) > 1
    ) AS groups
"""
LEASE_EXPIRED = """
    SELECT id FROM jobs WHERE state = 'running' AND lease_until < now() - interval '1 minute'
"""
WAITS_LONG = f"""
    SELECT id FROM jobs WHERE state = 'queued' AND now() - run_after > greatest(
        interval '{LATE_SECONDS} seconds',
        {LATE_FACTOR} * coalesce((
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY started_at - created_at) FROM jobs
            WHERE started_at > now() - interval '1 day' AND attempts = 1
        ), interval '0')
    )
"""
FAILED = "SELECT id FROM jobs WHERE state = 'failed'"
SOURCE_FAILS = "SELECT location FROM sources WHERE error IS NOT NULL"
TO_READ_AGAIN = """
    SELECT documents.id FROM documents JOIN files USING (id)
    WHERE files.data IS NOT NULL AND NOT EXISTS (SELECT FROM chunks WHERE document_id = documents.id)
      AND NOT EXISTS (SELECT FROM jobs WHERE jobs.document_id = documents.id AND kind = 'process')
    LIMIT %s
"""

CHECKS = {
    "document_without_chunks": (
        WITHOUT_CHUNKS,
        "These documents are never found. Read them again: POST /jobs/process-document. Those whose original file is "
        "kept are queued once by this check.",
    ),
    "document_outdated": (
        OUTDATED,
        "An earlier version read these documents, and this one reads more of them. Have them read again: "
        "`mystack reprocess`.",
    ),
    "chunk_count_differs": (
        OTHER_NUMBER,
        "These documents have another number of chunks than was stored. Read them again: POST /jobs/process-document.",
    ),
    "chunk_without_vector": (
        WITHOUT_VECTOR,
        "These chunks are found by their words only. POST /jobs/refresh-embeddings embeds them; this check has queued "
        "it.",
    ),
    "vector_of_retired_space": (
        RETIRED,
        "These chunks have vectors of a former embedding model. `mystack reembed --drop-retired` deletes them when you "
        "do not want to return to it.",
    ),
    "chunk_out_of_bounds": (
        WRONG_LENGTH,
        f"These chunks are empty, or longer than {MAX_CHARS:,} characters. Read their documents again: "
        "POST /jobs/process-document.",
    ),
    "duplicate_text": (
        SAME_TEXT,
        "These documents have the same text as others, in other files. Delete those that you do not need.",
    ),
    "duplicate_filename": (
        SAME_NAME,
        "These documents have the same file name as others. If they are versions, delete the older ones, or upload "
        "with `replaces`.",
    ),
    "job_lease_expired": (
        LEASE_EXPIRED,
        "These jobs lost their worker and were not taken back: no service is running its sweeper. Start the service.",
    ),
    "job_waits_long": (
        WAITS_LONG,
        "These jobs have waited much longer than others. GET /health says whether a worker is running.",
    ),
    "job_failed": (
        FAILED,
        "GET /jobs?state=failed says why. Correct the cause, and retry: POST /jobs/{id}/retry, or all of a kind with "
        "POST /jobs/retry.",
    ),
    "source_fails": (
        SOURCE_FAILS,
        "The last sync of these sources failed. GET /sources says why; sync them again when the cause is gone.",
    ),
}
"""For each code the statement that selects the ids, and what to do."""


class SqlCheck:
    """Finds what a statement selects; its first column is an id or a name."""

    def __init__(self, database: Database, statement: str, seconds: float = CHECK_SECONDS) -> None:
        self.database = database
        self.seconds = seconds
        self.statement = f"""
            SELECT found.id::text, count(*) OVER () FROM ({statement}) AS found (id) LIMIT {MOST_EXAMPLES}
        """

    async def __call__(self) -> Found:
        """Raises `StoreUnavailable` when its time is over."""
        async with self.database.transaction() as connection:
            await connection.execute(READ_ONLY)
            await connection.execute(LIMITED, [f"{round(self.seconds * 1000)}ms"])
            rows = await (await connection.execute(self.statement.encode())).fetchall()
        return Found(rows[0][1], [row[0] for row in rows]) if rows else Found(0)


class Repairs:
    """What may be repaired without asking: it is queued, and workers do it."""

    def __init__(self, database: Database, refresh_name: str) -> None:
        self.database = database
        self.jobs = PostgresJobs(database)
        self.refresh_name = refresh_name

    async def refresh(self, found: Found) -> int:
        """One job for all chunks without a vector."""
        await self.jobs.add_task(uuid4(), "refresh", self.refresh_name, None, BULK)
        return found.count

    async def read_again(self, found: Found) -> int:
        """Documents whose file is kept, and which no job has read again yet."""
        rows = await self.database.rows(TO_READ_AGAIN, [MOST_REPAIRS])
        return sum([await self.jobs.again(id, uuid4(), BULK) is not None for (id,) in rows])


def quality_checks(database: Database, refresh_name: str) -> list[Check]:
    """The checks, in the order of the report. `refresh_name`: what a `refresh` job is called."""
    repairs = Repairs(database, refresh_name)
    safe = {"document_without_chunks": repairs.read_again, "chunk_without_vector": repairs.refresh}
    return [
        Check(code, advice, SqlCheck(database, statement), safe.get(code))
        for code, (statement, advice) in CHECKS.items()
    ]
