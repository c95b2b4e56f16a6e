"""Metrics of jobs, read from their table: a worker that is killed cannot forget to count.

A finished job is counted once, by its id and the time when it ended, so that a job that fails, is retried and fails
again counts twice, and a counter never falls.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, get_args
from uuid import UUID

from api.services.documents.store import StoreUnavailable
from api.services.jobs.jobs import QueueState
from api.services.jobs.kinds import JobKind
from api.services.metrics.metrics import Metrics
from api.services.metrics.names import (
    JOB_SECONDS,
    JOBS,
    JOBS_FINISHED,
    JOBS_OLDEST_WAIT_SECONDS,
    JOBS_STARVED,
    WORKERS,
)

OUTCOMES = ("done", "failed", "cancelled")


@dataclass(frozen=True)
class Ended:
    """A job that ended at `at`; `seconds`: what its last attempt took, if it had begun."""

    id: UUID
    at: datetime
    kind: JobKind
    outcome: str
    seconds: float | None


class JobTable(Protocol):
    """Both methods raise `StoreUnavailable`."""

    async def counts(self) -> QueueState: ...

    async def ended(self, since: datetime | None) -> tuple[Sequence[Ended], datetime]:
        """The jobs that ended since shortly before `since`, or lately, and the time of the database's clock.

        Shortly before: a transaction writes the time at which it began, and is seen when it ends.
        """
        ...


class JobsExporter:
    """`workers`: whether jobs are run by other processes, which may be missing."""

    def __init__(self, table: JobTable, metrics: Metrics, *, workers: bool) -> None:
        self.table = table
        self.metrics = metrics
        self.workers = workers
        self._since: datetime | None = None
        self._seen: set[tuple[UUID, datetime]] = set()
        for kind in get_args(JobKind):
            for outcome in OUTCOMES:
                metrics.count(JOBS_FINISHED, 0, kind=kind, outcome=outcome)

    async def refresh(self) -> None:
        """Read the table. While it cannot be read, the gauges have no value."""
        try:
            self._gauges(await self.table.counts())
            ended, now = await self.table.ended(self._since)
        except StoreUnavailable:
            nothing = math.nan
            self._gauges(QueueState(nothing, nothing, nothing, nothing, nothing))  # type: ignore[arg-type]
            return
        if self._since is not None:
            for job in ended:
                if (job.id, job.at) not in self._seen:
                    self._count(job)
        self._since = now
        self._seen = {(job.id, job.at) for job in ended}

    def _gauges(self, state: QueueState) -> None:
        self.metrics.gauge(JOBS, state.queued, state="queued")
        self.metrics.gauge(JOBS, state.running, state="running")
        self.metrics.gauge(JOBS, state.failed, state="failed")
        self.metrics.gauge(JOBS_OLDEST_WAIT_SECONDS, state.oldest)
        self.metrics.gauge(JOBS_STARVED, state.queued if self.workers and state.workers == 0 else 0)
        self.metrics.gauge(WORKERS, state.workers)

    def _count(self, job: Ended) -> None:
        self.metrics.count(JOBS_FINISHED, kind=job.kind, outcome=job.outcome)
        if job.seconds is not None:
            self.metrics.observe(JOB_SECONDS, job.seconds, kind=job.kind, outcome=job.outcome)
