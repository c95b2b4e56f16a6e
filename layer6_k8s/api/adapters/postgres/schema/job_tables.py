"""The tables of jobs: their batches, and the files that they read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from api.adapters.postgres.schema.document_tables import Row

NOW = text("now()")


def _time(*, default: bool = False, nullable: bool = True, index: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable, server_default=NOW if default else None, index=index)


class FileRow(Row, table=True):
    """The original bytes of a document that is stored, or will be; `id` is the document's."""

    __tablename__ = "files"
    __table_args__ = (UniqueConstraint("sha256"), CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"))

    id: UUID = Field(primary_key=True)
    filename: str = Field(sa_type=Text)
    fields: dict[str, Any] = Field(sa_column=Column("metadata", JSON, nullable=False))
    replaces: UUID | None
    sha256: str = Field(sa_type=Text)
    size_bytes: int = Field(sa_type=BigInteger)
    data: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    """None once the document is stored, if KEEP_FILES is off."""
    created_at: datetime = Field(sa_column=_time(default=True, nullable=False))


class BatchRow(Row, table=True):
    """Jobs that were started together."""

    __tablename__ = "batches"

    id: UUID = Field(primary_key=True)
    created_at: datetime = Field(sa_column=_time(default=True, nullable=False))


class WorkerRow(Row, table=True):
    """A worker, and when it was last heard of."""

    __tablename__ = "workers"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    seen_at: datetime = Field(sa_column=_time(nullable=False))


class AnswerRow(Row, table=True):
    """What a request with an `Idempotency-Key` was answered; without a status it is still being answered."""

    __tablename__ = "answers"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    fingerprint: str = Field(sa_type=Text)
    status: int | None = Field(sa_column=Column(SmallInteger, nullable=True))
    headers: dict[str, Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))
    body: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    created_at: datetime = Field(sa_column=_time(default=True, nullable=False, index=True))


class JobRow(Row, table=True):
    """A job. It has a token and a lease exactly while it runs."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress"),
        CheckConstraint("(state = 'running') = (token IS NOT NULL AND lease_until IS NOT NULL)", name="lease"),
        Index("jobs_created_at_id_idx", text("created_at DESC"), text("id DESC")),
        Index("jobs_queued_idx", "priority", "run_after", postgresql_where=text("state = 'queued'")),
        Index("jobs_running_idx", "lease_until", postgresql_where=text("state = 'running'")),
        Index(
            "jobs_open_task_idx",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("document_id IS NULL AND state IN ('queued', 'running')"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    document_id: UUID | None = Field(index=True)
    """Of the file that it reads. A task has none."""
    result_id: UUID | None
    """Of the document that came of it: another one if the same bytes were stored meanwhile."""
    batch_id: UUID | None = Field(sa_column=Column(ForeignKey("batches.id"), nullable=True, index=True))
    filename: str = Field(sa_type=Text)
    url: str | None = Field(default=None, sa_type=Text)
    """What to fetch, until there is a file."""
    subject: UUID | None
    """What a task is about."""
    state: str = Field(sa_column=Column(Text, nullable=False, server_default="queued"))
    stage: str = Field(sa_column=Column(Text, nullable=False, server_default="queued"))
    progress: float = Field(sa_column=Column(REAL, nullable=False, server_default="0"))
    priority: int = Field(sa_type=SmallInteger)
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    losses: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    error: dict[str, Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))
    run_after: datetime = Field(sa_column=_time(default=True, nullable=False))
    published_at: datetime | None = Field(sa_column=_time())
    lease_until: datetime | None = Field(sa_column=_time())
    token: UUID | None
    created_at: datetime = Field(sa_column=_time(default=True, nullable=False))
    started_at: datetime | None = Field(sa_column=_time())
    finished_at: datetime | None = Field(sa_column=_time())


class VectorsRow(Row, table=True):
    """Vectors that a job has computed before its document is stored."""

    __tablename__ = "kept_vectors"

    job_id: UUID = Field(sa_column=Column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
