"""The schemas of /jobs."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas import examples
from api.schemas.examples import example
from api.schemas.text import Text
from api.services.jobs.jobs import JobKind, JobState

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
    filename: str
    document_id: UUID
    batch_id: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    ahead: Annotated[int | None, Field(description="How many queued jobs come first, if it is queued.")] = None


class JobList(BaseModel):
    jobs: list[JobResponse]
    next_cursor: str | None


class RetryRequest(BaseModel):
    kind: JobKind


class RetryResponse(BaseModel):
    retried: Annotated[int, Field(description="The number of failed jobs that were queued again.")]


class ProcessRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=example({"document_id": examples.ID}))

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
    filename: str
    document_id: UUID | None = None
    job_id: UUID | None = None
    error: JobErrorResponse | None = None


class BatchUploadResponse(BaseModel):
    batch_id: UUID
    jobs: list[BatchItemResponse]


class BatchResponse(BaseModel):
    id: UUID
    created_at: datetime
    counts: Annotated[dict[JobState, int], Field(description="Jobs by state.")]
    waiting: Annotated[int, Field(description="Jobs that have not ended.")]
    oldest_wait_seconds: float
    errors: Annotated[list[JobResponse], Field(description="The first hundred jobs that failed.")]
