"""Jobs. `stores.py` has the ports to the table that holds them and to the bell that wakes a worker.

    queued ──claim──▶ running ──finish──▶ done
      ▲                 │ │ └──cancel──▶ cancelled
      ├── error: again ─┘ └── error, three times or for good ──▶ failed ──retry──▶ queued
      └── lost: again, alone

The table is the truth. A claim gives the worker a token and a lease, which heartbeats renew; every later write of the
worker names the token, so a worker that was thought lost changes nothing any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from api.errors import MyStackError
from api.services.documents.ingestion import Upload
from api.services.documents.store import Position
from api.services.jobs.kinds import JobKind

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
OPEN: frozenset[JobState] = frozenset({"queued", "running"})

MOST_ATTEMPTS = 3
"""Errors after which a job has failed."""
MOST_LOSSES = 3
"""Workers that a job may lose. They are counted apart from errors: a job may only have been beside the one that
ended the process."""
INTERACTIVE, BULK = 0, 10
"""Priorities: the lower one is first."""


class JobNotFound(MyStackError):
    """There is no such job. GET /jobs lists all jobs."""

    status = 404
    code = "job_not_found"


class JobNotRetryable(MyStackError):
    """Only a failed or cancelled job can be retried."""

    status = 409
    code = "job_not_retryable"


class BatchNotFound(MyStackError):
    """There is no such batch."""

    status = 404
    code = "batch_not_found"


class FileNotKept(MyStackError):
    """The original file of this document was not kept: it comes from an earlier layer, or KEEP_FILES is off."""

    status = 404
    code = "file_not_kept"


class BrokerUnavailable(MyStackError):
    """Redis cannot be reached. Jobs are kept, and start when it is back."""

    status = 503
    code = "broker_unavailable"


class Fenced(Exception):
    """The job is no longer this worker's: it was cancelled, or given to another worker. The transaction is undone."""


class MoreToDo(Exception):
    """A long job pauses: it is given back, neither as an error nor as a loss, and goes on when it is its turn again."""


@dataclass(frozen=True)
class JobError:
    """Why a job failed: the code and the sentence of the error, and the HTTP status it would have."""

    code: str
    detail: str
    status: int


@dataclass(frozen=True)
class Job:
    """A job. `progress` is between 0 and 1; `document_id` is that of the result, once there is one; a task has none."""

    id: UUID
    kind: JobKind
    state: JobState
    stage: str
    progress: float
    attempts: int
    losses: int
    error: JobError | None
    filename: str
    document_id: UUID | None
    batch_id: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class NewJob:
    """A job to be stored, with the file that it reads if that is not stored yet."""

    id: UUID
    kind: JobKind
    upload: Upload
    priority: int
    batch_id: UUID | None = None


@dataclass(frozen=True)
class StoredFile:
    """The original bytes of a document."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class OutdatedDocument:
    """A document that an earlier parser read. `kept`: its original bytes are. `open`: a job is to read it again."""

    id: UUID
    filename: str
    created_at: datetime
    kept: bool
    open: bool


@dataclass(frozen=True)
class ReadAgain:
    """What became of outdated documents: those that were queued, as a batch, and those whose file is not kept.

    `last`: the position of the last of them, if there may be more.
    """

    batch_id: UUID | None
    queued: int
    without_file: Sequence[OutdatedDocument]
    last: Position | None


@dataclass(frozen=True)
class Claim:
    """A job that this worker runs, as long as `token` is the job's."""

    id: UUID
    token: UUID
    kind: JobKind
    upload: Upload
    """The document. A task has none: then this holds the id and the name of the job."""
    attempts: int
    losses: int
    url: str | None = None
    """What to fetch first."""
    subject: UUID | None = None
    """What a task is about."""
    batch_id: UUID | None = None
    priority: int = INTERACTIVE


@dataclass(frozen=True)
class Due:
    """A job to publish; `alone`: it has lost a worker."""

    id: UUID
    alone: bool


@dataclass(frozen=True)
class QueueState:
    """What /health tells. `oldest` is the wait of the oldest job that could run, in seconds."""

    queued: int
    running: int
    failed: int
    oldest: float
    workers: int


@dataclass(frozen=True)
class BatchState:
    """The jobs of a batch, by state. `oldest` as in `QueueState`; `errors`: what failed, at most a hundred."""

    id: UUID
    created_at: datetime
    counts: Mapping[JobState, int]
    oldest: float
    errors: Sequence[Job] = field(default_factory=tuple)


def error_of(error: BaseException) -> tuple[JobError, bool]:
    """What to tell the user, and whether another attempt may help: not if the document is to blame."""
    if isinstance(error, MyStackError):
        return JobError(error.code, error.detail, error.status), error.status >= 500
    if isinstance(error, TimeoutError):
        return JobError("job_too_slow", "The job took longer than JOB_SECONDS.", 503), True
    return JobError("internal_error", f"{type(error).__name__}: the log of the worker has the reason.", 500), True


def raised(error: JobError) -> MyStackError:
    """The error of a job as one of ours, so that a request that waited for the job is answered like any other."""
    kind: type[MyStackError] = type("JobFailed", (MyStackError,), {"status": error.status, "code": error.code})
    return kind(error.detail)


def as_json(error: JobError) -> dict[str, Any]:
    return {"code": error.code, "detail": error.detail, "status": error.status}
