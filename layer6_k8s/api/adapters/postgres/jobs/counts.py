"""Counts of jobs, and those that ended lately: the port `JobTable`."""

from collections.abc import Sequence
from datetime import datetime

from api.adapters.postgres.database import Database
from api.services.jobs.jobs import QueueState
from api.services.metrics.jobs import Ended

# Each part is answered by a partial index, however many jobs are done.
COUNTS = """
    SELECT (SELECT count(*) FROM jobs WHERE state = 'queued'), (SELECT count(*) FROM jobs WHERE state = 'running'),
        (SELECT count(*) FROM jobs WHERE state = 'failed'),
        (SELECT coalesce(extract(epoch FROM now() - min(run_after)), 0)
         FROM jobs WHERE state = 'queued' AND run_after <= now()),
        (SELECT count(*) FROM workers WHERE seen_at > now() - interval '15 seconds')
"""
ENDED = """
    SELECT now(), id, finished_at, kind, state, extract(epoch FROM finished_at - started_at)
    FROM (SELECT) AS always LEFT JOIN jobs
    ON finished_at > coalesce(%s::timestamptz, now()) - interval '150 seconds' AND state NOT IN ('queued', 'running')
"""
"""Longer than a transaction that stores a document may take. There is one row, without a job, if none ended."""


class PostgresJobTable:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def counts(self) -> QueueState:
        """See `JobTable`."""
        ((queued, running, failed, oldest, workers),) = await self.database.rows(COUNTS)
        return QueueState(queued, running, failed, float(oldest), workers)

    async def ended(self, since: datetime | None) -> tuple[Sequence[Ended], datetime]:
        """See `JobTable`."""
        rows = await self.database.rows(ENDED, [since])
        ended = [
            Ended(id, at, kind, state, None if seconds is None else float(seconds))
            for _, id, at, kind, state, seconds in rows
            if id is not None
        ]
        return ended, rows[0][0]
