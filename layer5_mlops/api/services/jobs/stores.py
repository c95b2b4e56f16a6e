"""The ports to the table of jobs, for users, workers and the sweeper, and to the bell that wakes a worker."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from api.services.documents.store import Position
from api.services.jobs.jobs import (
    BatchState,
    Claim,
    Due,
    Job,
    JobError,
    JobState,
    NewJob,
    OutdatedDocument,
    QueueState,
    StoredFile,
)
from api.services.jobs.kinds import JobKind


class JobStore(Protocol):
    """The table of jobs. All methods raise `StoreUnavailable`."""

    async def add(self, new: NewJob, data: bytes, sha256: str) -> Job:
        """Store a job and its file in one transaction.

        For bytes that an open job has already, that job is returned; those of a failed document, and of one that is
        to be replaced by its own, are processed again, under the id that it has.
        """
        ...

    async def forget(self, document_id: UUID) -> None:
        """Delete the file of a document that was never stored."""
        ...

    async def add_fetch(self, job_id: UUID, document_id: UUID, url: str, priority: int) -> Job:
        """Store a job that fetches an address."""
        ...

    async def add_task(
        self, job_id: UUID, kind: JobKind, name: str, subject: UUID | None, priority: int, batch_id: UUID | None = None
    ) -> Job:
        """Store a job without a document, unless there is one with this id, or an open one of this kind and subject.

        Returns the job, or the one that was there.
        """
        ...

    async def again(self, document_id: UUID, job_id: UUID, priority: int, batch_id: UUID | None = None) -> Job | None:
        """Queue a job that reads a stored file again; None if the file is not kept."""
        ...

    async def outdated(self, limit: int, after: Position | None) -> list[OutdatedDocument]:
        """The documents that an earlier parser read, newest first."""
        ...

    async def job(self, job_id: UUID) -> Job | None: ...

    async def page(
        self, limit: int, after: Position | None, state: JobState | None, kind: JobKind | None, batch_id: UUID | None
    ) -> list[Job]:
        """Newest first."""
        ...

    async def jobs(self, ids: Sequence[UUID]) -> list[Job]: ...

    async def ahead(self, job_id: UUID) -> int:
        """How many queued jobs come before this one."""
        ...

    async def cancel(self, job_id: UUID) -> Job | None:
        """Cancel an open job; None if there is no such job."""
        ...

    async def retry(self, job_id: UUID) -> Job | None:
        """Queue a failed or cancelled job again, with its counters at 0; None if there is no such job."""
        ...

    async def retry_all(self, kind: JobKind) -> int:
        """Retry all failed jobs of a kind; returns their number."""
        ...

    async def batch(self, batch_id: UUID) -> BatchState | None: ...

    async def add_batch(self, batch_id: UUID) -> None: ...

    async def file(self, document_id: UUID) -> StoredFile | None: ...

    async def state(self) -> QueueState: ...


class WorkStore(Protocol):
    """What a worker does with jobs. All methods raise `StoreUnavailable`."""

    async def claim(self, lease: float, *, alone: bool = False) -> Claim | None:
        """Take the queued job that is next: by priority, then by age. None if there is none.

        `alone`: one of those that have lost a worker, and only then.
        """
        ...

    async def renew(self, claim: Claim, lease: float, stage: str, progress: float) -> bool:
        """Extend the lease and note the progress. False if the job is no longer this worker's."""
        ...

    async def finish(self, claim: Claim, document_id: UUID | None) -> None:
        """Mark the job as done. Nothing happens if it is done, or no longer this worker's."""
        ...

    async def release(self, claim: Claim) -> None:
        """Give the job back, neither as an error nor as a loss: this worker is stopping."""
        ...

    async def fail(self, claim: Claim, error: JobError, *, again_in: float | None) -> None:
        """Count an error. The job is queued again after `again_in` seconds, or has failed if that is None."""
        ...

    async def file(self, document_id: UUID) -> StoredFile | None: ...

    async def keep(self, claim: Claim, filename: str, data: bytes, sha256: str) -> UUID:
        """Store the bytes that a job has fetched; returns the id of the document that has them. Raises `Fenced`."""
        ...

    async def seen(self, worker: str) -> None:
        """Note that this worker is alive."""
        ...

    async def gone(self, worker: str) -> None: ...


class Sweeping(Protocol):
    """What the sweeper does with jobs. All methods raise `StoreUnavailable`."""

    async def take_back(self) -> int:
        """Queue the jobs whose lease has expired, alone from now on; fail those that lost too many workers."""
        ...

    async def due(self, grace: float, *, queue_is_empty: bool, limit: int) -> list[Due]:
        """The jobs to publish, marked as published: those that never were, and, if the queue is empty, those that were
        more than `grace` seconds ago, whose message must be lost."""
        ...

    async def unpublish(self, ids: Sequence[UUID]) -> None: ...


class Bell(Protocol):
    """Wakes workers. Losing what it says loses nothing. All methods raise `BrokerUnavailable`."""

    async def ring(self, due: Sequence[Due]) -> None: ...

    async def waiting(self) -> int:
        """Messages that no worker has taken yet."""
        ...
