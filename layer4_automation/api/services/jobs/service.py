"""The use cases of jobs: look, cancel, retry, process again, upload many."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from api.errors import MyStackError
from api.services.documents.service import DocumentService, File
from api.services.documents.store import Position
from api.services.jobs.archives import is_archive, members
from api.services.jobs.ingestion import QueuedIngestion, current_batch
from api.services.jobs.jobs import (
    BULK,
    INTERACTIVE,
    OPEN,
    BatchNotFound,
    BatchState,
    FileNotKept,
    Job,
    JobNotFound,
    JobNotRetryable,
    JobState,
    ReadAgain,
    StoredFile,
)
from api.services.jobs.keys import job_id
from api.services.jobs.kinds import JobKind
from api.services.jobs.stores import JobStore
from api.services.jobs.watch import JobWatch

KEEP_ALIVE_SECONDS = 15.0


@dataclass(frozen=True)
class BatchItem:
    """What became of one file of a batch: a document with its job, or an error.

    `index`: the uploaded file that it is, or that it was packed in. `duplicate`: its bytes were stored or queued
    before.
    """

    index: int
    filename: str
    document_id: UUID | None = None
    job_id: UUID | None = None
    duplicate: bool = False
    error: MyStackError | None = None


@dataclass(frozen=True)
class _Bytes:
    """The port `File`, for bytes that are in memory."""

    data: bytes

    async def read(self) -> bytes:
        return self.data


class JobService:
    def __init__(self, jobs: JobStore, watch: JobWatch, ingestion: QueuedIngestion, documents: DocumentService) -> None:
        self.store = jobs
        self.watch = watch
        self.ingestion = ingestion
        self.documents = documents

    async def get(self, job_id: UUID) -> Job:
        """Raises `JobNotFound`."""
        return _found(await self.store.job(job_id), job_id)

    async def position(self, job: Job) -> int | None:
        """How many queued jobs come before this one; None if it is not queued."""
        return await self.store.ahead(job.id) if job.state == "queued" else None

    async def page(
        self, limit: int, after: Position | None, state: JobState | None, kind: JobKind | None, batch_id: UUID | None
    ) -> list[Job]:
        """Newest first."""
        return await self.store.page(limit, after, state, kind, batch_id)

    async def cancel(self, job_id: UUID) -> Job:
        """Cancel an open job; one that has ended stays as it is. Raises `JobNotFound`."""
        return _found(await self.store.cancel(job_id), job_id)

    async def retry(self, job_id: UUID) -> Job:
        """Queue a failed or cancelled job again. Raises `JobNotFound` and `JobNotRetryable`."""
        before = await self.get(job_id)
        if before.state not in ("failed", "cancelled"):
            raise JobNotRetryable(f"The job is {before.state}: only a failed or cancelled job can be retried.")
        job = _found(await self.store.retry(job_id), job_id)
        await self.ingestion.ring(job)
        return job

    async def retry_all(self, kind: JobKind) -> int:
        """Queue all failed jobs of a kind again; returns their number."""
        return await self.store.retry_all(kind)

    async def process(self, document_id: UUID) -> Job:
        """Read a stored file again. Raises `DocumentNotFound` and `FileNotKept`."""
        await self.documents.get(document_id)
        job = await self.store.again(document_id, uuid4(), INTERACTIVE)
        if job is None:
            raise FileNotKept
        await self.ingestion.ring(job)
        return job

    async def process_outdated(self, limit: int, after: Position | None) -> ReadAgain:
        """Read the files of the next `limit` documents again that an earlier parser read, unless that is queued."""
        found = await self.store.outdated(limit + 1, after)
        page, batch_id, jobs = found[:limit], uuid4(), list[Job]()
        waiting = [document for document in page if document.kept and not document.open]
        if waiting:
            await self.store.add_batch(batch_id)
        for document in waiting:
            if job := await self.store.again(document.id, uuid4(), BULK, batch_id):
                jobs.append(job)
        for job in jobs:
            await self.ingestion.ring(job)
        last = Position(page[-1].created_at, page[-1].id) if len(found) > limit else None
        return ReadAgain(batch_id if waiting else None, len(jobs), [one for one in page if not one.kept], last)

    async def fetch(self, url: str) -> Job:
        """Fetch a page or a file, and read it."""
        job = await self.store.add_fetch(uuid4(), uuid4(), url, INTERACTIVE)
        await self.ingestion.ring(job)
        return job

    async def start(
        self,
        kind: JobKind,
        name: str,
        subject: UUID | None = None,
        batch_id: UUID | None = None,
        key: str | None = None,
    ) -> Job:
        """Queue a task, unless the same one is open, or was started with the same key: then that one is returned."""
        job = await self.store.add_task(job_id(kind, subject, key), kind, name, subject, BULK, batch_id)
        if job.state == "queued":
            await self.ingestion.ring(job)
        return job

    async def file(self, document_id: UUID) -> StoredFile:
        """Raises `DocumentNotFound` and `FileNotKept`."""
        await self.documents.get(document_id)
        file = await self.store.file(document_id)
        if file is None:
            raise FileNotKept
        return file

    async def batch(self, batch_id: UUID) -> BatchState:
        """Raises `BatchNotFound`."""
        state = await self.store.batch(batch_id)
        if state is None:
            raise BatchNotFound(f"There is no batch {batch_id}.")
        return state

    async def upload_batch(self, files: Sequence[tuple[str, File]]) -> tuple[UUID, list[BatchItem]]:
        """Queue many documents, and those in ZIP archives; a bad one never fails the others."""
        batch_id = uuid4()
        await self.store.add_batch(batch_id)
        current_batch.set(batch_id)
        items: list[BatchItem] = []
        for index, (name, file) in enumerate(files):
            items += [item async for item in self._items(index, name, file)]
        return batch_id, items

    async def _items(self, index: int, name: str, file: File) -> AsyncGenerator[BatchItem, None]:
        data = await file.read()
        if not await asyncio.to_thread(is_archive, data):
            yield await self._item(index, name, data)
            return
        unpacked = members(data, self.documents.max_bytes)
        while member := await asyncio.to_thread(next, unpacked, None):
            if member.error:
                yield BatchItem(index, member.filename, error=member.error)
            else:
                yield await self._item(index, member.filename, member.data)

    async def _item(self, index: int, name: str, data: bytes) -> BatchItem:
        try:
            uploaded = await self.documents.upload(_Bytes(data), name, {})
        except MyStackError as error:
            return BatchItem(index, name, error=error)
        document = uploaded.document
        return BatchItem(index, name, document.id, document.job_id, uploaded.duplicate)

    async def events(self, job_id: UUID) -> AsyncGenerator[Job | None, None]:
        """The job at each change, until it has ended; None now and then while nothing changes."""
        job = await self.get(job_id)
        yield job
        while job.state in OPEN:
            latest = await self.watch.changed(job, KEEP_ALIVE_SECONDS)
            yield None if latest == job else latest
            job = latest


def _found(job: Job | None, job_id: UUID) -> Job:
    if job is None:
        raise JobNotFound(f"There is no job {job_id}.")
    return job
