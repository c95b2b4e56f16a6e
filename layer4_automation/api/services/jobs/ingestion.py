"""Uploads through the queue: the port `Ingest`, which stores a job and waits for it.

The row of the job is written before anything else happens, so an upload that was answered is never lost. Ringing the
bell afterwards is a courtesy: the sweeper rings for jobs that nobody was told about.
"""

from contextlib import suppress
from contextvars import ContextVar
from uuid import UUID, uuid4

from api.services.documents.ingestion import Upload, Uploaded, checksum
from api.services.documents.store import Document, DocumentReader, DocumentStatus
from api.services.jobs.jobs import (
    BULK,
    INTERACTIVE,
    Bell,
    BrokerUnavailable,
    Due,
    Job,
    JobStore,
    NewJob,
    raised,
)
from api.services.jobs.watch import JobWatch

wait_seconds: ContextVar[float | None] = ContextVar("wait_seconds", default=None)
"""How long the request waits for its job; UPLOAD_WAIT_SECONDS if it does not say."""
current_batch: ContextVar[UUID | None] = ContextVar("current_batch", default=None)
"""The batch that uploads belong to: then they wait for nothing, and come after single ones."""


class QueuedIngestion:
    """The port `Ingest`."""

    def __init__(self, jobs: JobStore, bell: Bell, watch: JobWatch, reader: DocumentReader, *, seconds: float) -> None:
        self.jobs = jobs
        self.bell = bell
        self.watch = watch
        self.reader = reader
        self.seconds = seconds

    async def ingest(self, upload: Upload, data: bytes) -> Uploaded:
        """Queue the document. It is ready when this returns, unless that takes too long: `status` says so.

        Raises the error of the job, and `StoreUnavailable`.
        """
        batch = current_batch.get()
        new = NewJob(uuid4(), "ingest", upload, BULK if batch else INTERACTIVE, batch)
        job = await self.jobs.add(new, data, await checksum(data))
        if job.state == "queued":
            await self.ring(job)
        seconds = 0.0 if batch else self.seconds if (asked := wait_seconds.get()) is None else asked
        job = await self.watch.ended(job, seconds)
        if job.state == "failed" and job.error:
            raise raised(job.error)
        document = await self.reader.document(id=job.document_id)
        return Uploaded(document or _waiting(job, upload, data), duplicate=job.id != new.id)

    async def ring(self, job: Job) -> None:
        """Tell a worker at once. If that fails, the sweeper does."""
        with suppress(BrokerUnavailable):
            await self.bell.ring([Due(job.id, alone=False)])


def _waiting(job: Job, upload: Upload, data: bytes) -> Document:
    status: DocumentStatus = "processing" if job.state == "running" else "queued"
    return Document(
        id=job.document_id,
        filename=upload.filename,
        content_type="",
        size_bytes=len(data),
        sha256="",
        pages=None,
        chunks=0,
        created_at=job.created_at,
        metadata=dict(upload.metadata),
        status=status,
        job_id=job.id,
    )
