"""The use cases of sources: add, look, remove, sync."""

import asyncio
from contextlib import suppress
from uuid import UUID, uuid4

from api.services.documents.service import DocumentService
from api.services.jobs.jobs import Job
from api.services.jobs.service import JobService
from api.services.parsing.errors import DocumentNotFound
from api.services.sources.errors import SourceNotFound
from api.services.sources.sources import Folders, NewSource, Source, SourceKind, SourceStore


class SourceService:
    def __init__(self, store: SourceStore, jobs: JobService, documents: DocumentService, folders: Folders) -> None:
        self.store = store
        self.jobs = jobs
        self.documents = documents
        self.folders = folders

    async def add(self, kind: SourceKind, location: str, *, delete_after: int, watch: bool) -> Source:
        """Store a source; its first sync begins when somebody asks for one, or when a watched folder is noticed.

        Raises `FolderNotAllowed`, `SourceUnavailable` and `SourceExists`.
        """
        if kind == "folder":
            location = await asyncio.to_thread(self.folders.allowed, location)
        return await self.store.add(NewSource(uuid4(), kind, location, delete_after, watch and kind == "folder"))

    async def all(self) -> list[Source]:
        """In the order in which they were added."""
        return await self.store.sources()

    async def get(self, id: UUID) -> Source:
        """Raises `SourceNotFound`."""
        source = await self.store.source(id)
        if source is None:
            raise SourceNotFound(f"There is no source {id}.")
        return source

    async def remove(self, id: UUID, *, documents: bool) -> None:
        """Remove a source; `documents`: with the documents that came of it alone. Raises `SourceNotFound`."""
        await self.get(id)
        own = await self.store.remove(id)
        for document_id in own if documents else []:
            with suppress(DocumentNotFound):
                await self.documents.remove(document_id)

    async def sync(self, id: UUID, *, confirmed: bool = False) -> Job:
        """Queue a sync; if one is open already, that one serves the request. Raises `SourceNotFound`."""
        source = await self.get(id)
        batch_id = uuid4()
        await self.jobs.store.add_batch(batch_id)
        return await self._start(source, batch_id, confirmed=confirmed)

    async def sync_all(self) -> tuple[UUID, list[Job]]:
        """Queue a sync of each source, in one batch."""
        batch_id = uuid4()
        await self.jobs.store.add_batch(batch_id)
        return batch_id, [await self._start(source, batch_id) for source in await self.all()]

    async def _start(self, source: Source, batch_id: UUID, *, confirmed: bool = False) -> Job:
        """A new sync takes what is there when it begins. One that is open may have looked already: it looks again."""
        if confirmed:
            await self.store.confirm(source.id)
        job = await self.jobs.start("sync", source.location, source.id, batch_id)
        if job.batch_id != batch_id:
            await self.store.request(source.id, confirmed=confirmed)
        return job
