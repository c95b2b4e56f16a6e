"""Uploads through the queue: a job is stored, and the request waits for it.

The row of the job is written before anything else happens, so an upload that was answered is never lost. Ringing the
bell afterwards is a courtesy: the sweeper rings for jobs that nobody was told about.
"""

from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from api.services.documents.ingestion import Upload, Uploaded, checksum
from api.services.documents.service import DocumentService, File
from api.services.documents.store import Document, MetadataValue
from api.services.jobs.jobs import BULK, INTERACTIVE, OPEN, BrokerUnavailable, Due, Job, NewJob, raised
from api.services.jobs.stores import Bell, JobStore
from api.services.jobs.watch import JobWatch

wait_seconds: ContextVar[float | None] = ContextVar("wait_seconds", default=None)
"""How long the request waits for its job; UPLOAD_WAIT_SECONDS if it does not say."""
current_batch: ContextVar[UUID | None] = ContextVar("current_batch", default=None)
"""The batch that uploads belong to: then they wait for nothing, and come after single ones."""


class QueuedIngestion:
    """The port `Ingest`. The document that it returns is queued; `QueuedDocuments` waits for it."""

    def __init__(self, jobs: JobStore, bell: Bell) -> None:
        self.jobs = jobs
        self.bell = bell

    async def ingest(self, upload: Upload, data: bytes) -> Uploaded:
        """Queue the document. Raises `StoreUnavailable`."""
        batch = current_batch.get()
        new = NewJob(uuid4(), "ingest", upload, BULK if batch else INTERACTIVE, batch)
        sha256 = await checksum(data)
        job = await self.jobs.add(new, data, sha256)
        if job.state == "queued":
            await self.ring(job)
        return Uploaded(_waiting(job, upload, sha256, len(data)), duplicate=job.id != new.id)

    async def ring(self, job: Job) -> None:
        """Tell a worker at once. If that fails, the sweeper does."""
        with suppress(BrokerUnavailable):
            await self.bell.ring([Due(job.id, alone=False)])


class QueuedDocuments(DocumentService):
    """Waits for the jobs of uploads, and occupies none of the service's slots meanwhile."""

    def __init__(self, jobs: JobStore, watch: JobWatch, *, seconds: float, **more: Any) -> None:
        """`seconds`: the longest wait, unless the request says."""
        super().__init__(**more)
        self.jobs = jobs
        self.watch = watch
        self.seconds = seconds

    async def upload(
        self, file: File, filename: str, metadata: Mapping[str, MetadataValue], replaces: UUID | None = None
    ) -> Uploaded:
        """See `DocumentService`. The document is ready, unless that takes too long: `status` says so.

        Raises the error of the job, too; then nothing is left of the document.
        """
        uploaded = await super().upload(file, filename, metadata, replaces)
        if uploaded.document.job_id is None or current_batch.get():
            return uploaded
        job = await self.jobs.job(uploaded.document.job_id)
        if job is None:
            return uploaded
        asked = wait_seconds.get()
        job = await self.watch.ended(job, self.seconds if asked is None else asked)
        if job.state == "failed" and job.error:
            await self.jobs.forget(uploaded.document.id)  # this client knows, and has the document
            raise raised(job.error)
        latest = await self.reader.document(id=job.document_id)
        if latest is None or (latest.outdated and job.state in OPEN):  # it is what the job is to read again
            return uploaded
        return replace(uploaded, document=latest)


def _waiting(job: Job, upload: Upload, sha256: str, size: int) -> Document:
    return Document(
        id=job.document_id or upload.id,
        filename=upload.filename,
        content_type="",
        size_bytes=size,
        sha256=sha256,
        pages=None,
        chunks=0,
        created_at=job.created_at,
        metadata=dict(upload.metadata),
        status="processing" if job.state == "running" else "queued",
        job_id=job.id,
    )
