"""The schemas of /jobs."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas import examples
from api.schemas.examples import example
from api.schemas.text import Text
from api.services.jobs.jobs import JobState
from api.services.jobs.kinds import JobKind

JOB: dict[str, Any] = {
    "id": "5d1f0c3e-8a56-4a77-9d6e-2f4d1f3c7a10",
    "kind": "ingest",
    "state": "running",
    "stage": "embedding",
    "progress": 0.4,
    "attempts": 1,
    "losses": 0,
    "error": None,
    "filename": "handbook.pdf",
    "document_id": examples.ID,
    "batch_id": None,
    "created_at": "2026-11-28T07:00:00Z",
    "started_at": "2026-11-28T07:00:01Z",
    "finished_at": None,
    "ahead": None,
}


BATCH: dict[str, Any] = {
    "id": "8b1f7c52-1f0b-4f25-9a0c-5a4be1c0d7e3",
    "created_at": "2026-11-28T07:00:00Z",
    "counts": {"done": 12, "running": 2, "queued": 6},
    "waiting": 8,
    "oldest_wait_seconds": 4.2,
    "errors": [],
}


class JobErrorResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    detail: str
    status: Annotated[int, Field(description="The HTTP status that the error would have.")]


class JobResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra=example(JOB))

    id: UUID
    kind: JobKind
    state: JobState
    stage: str
    progress: Annotated[float, Field(ge=0, le=1)]
    attempts: Annotated[int, Field(description="How often it was begun.")]
    losses: Annotated[int, Field(description="How often the worker that ran it was lost. A loss is no error.")]
    error: JobErrorResponse | None
    filename: Annotated[str, Field(description="The document's, or what a task is called.")]
    document_id: Annotated[UUID | None, Field(description="A task has none.")]
    batch_id: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    ahead: Annotated[int | None, Field(description="How many queued jobs come first, if it is queued.")] = None


class JobList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"jobs": [JOB], "next_cursor": None}))

    jobs: list[JobResponse]
    next_cursor: str | None


class OutdatedResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    filename: str


class ReadAgainResponse(BaseModel):
    model_config = ConfigDict(
        json_schema_extra=example({"batch_id": BATCH["id"], "queued": 12, "without_file": [], "next_cursor": None})
    )

    batch_id: Annotated[UUID | None, Field(description="The batch of the jobs that were queued; null if none was.")]
    queued: int
    without_file: Annotated[
        list[OutdatedResponse], Field(description="Outdated documents whose original file is not kept.")
    ]
    next_cursor: str | None


class RetryRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=example({"kind": "ingest"}))

    kind: JobKind


class RetryResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"retried": 3}))

    retried: Annotated[int, Field(description="The number of failed jobs that were queued again.")]


class ProcessRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=example({"url": "https://example.com/handbook.html"}))

    document_id: Annotated[UUID | None, Field(description="A document to read again.")] = None
    url: Annotated[
        Text | None, Field(description="A page or file to fetch.", max_length=2_000, pattern=r"^https?://\S+$")
    ] = None

    @model_validator(mode="after")
    def one_of_them(self) -> Self:
        if (self.document_id is None) == (self.url is None):
            raise ValueError("give either document_id or url")
        return self


class BatchItemResponse(BaseModel):
    index: Annotated[int, Field(description="Which of the uploaded files it is, or was packed in, from 0.")]
    filename: str
    document_id: UUID | None = None
    job_id: UUID | None = None
    duplicate: Annotated[bool, Field(description="The bytes were stored or queued before.")] = False
    error: JobErrorResponse | None = None


class BatchUploadResponse(BaseModel):
    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "batch_id": BATCH["id"],
                "jobs": [
                    {
                        "index": 0,
                        "filename": "handbook.pdf",
                        "document_id": examples.ID,
                        "job_id": JOB["id"],
                        "duplicate": False,
                        "error": None,
                    }
                ],
            }
        )
    )

    batch_id: UUID
    jobs: list[BatchItemResponse]


class BatchResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra=example(BATCH))

    id: UUID
    created_at: datetime
    counts: Annotated[dict[JobState, int], Field(description="Jobs by state.")]
    waiting: Annotated[int, Field(description="Jobs that have not ended.")]
    oldest_wait_seconds: float
    errors: Annotated[list[JobResponse], Field(description="The first hundred jobs that failed.")]
