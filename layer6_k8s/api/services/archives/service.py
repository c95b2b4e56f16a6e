"""What the operator does with archives of tenants: export, fetch, import."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import IO, Protocol
from uuid import UUID

from api.services.archives.errors import ExportNotFound, ExportUnfinished
from api.services.archives.export import ArchiveStore
from api.services.archives.importing import Imported, TenantImport
from api.services.jobs.jobs import Job
from api.services.jobs.service import JobService
from api.services.quality.tasks import REFRESH
from api.services.tenants.accounts import AccountReader
from api.services.tenants.audit import Action
from api.services.tenants.callers import TenantCaller, acting_as
from api.services.tenants.errors import TenantNotFound

EXPORT = "export of the tenant"


class AuditNotes(Protocol):
    async def note(self, action: Action) -> None: ...


@dataclass(frozen=True)
class StoredArchive:
    """`size` in bytes."""

    name: str
    size: int
    parts: AsyncIterator[bytes]


class TenantArchives:
    def __init__(
        self, accounts: AccountReader, jobs: JobService, store: ArchiveStore, imports: TenantImport, audit: AuditNotes
    ) -> None:
        self.accounts = accounts
        self.jobs = jobs
        self.store = store
        self.imports = imports
        self.audit = audit
        self._one_at_a_time = asyncio.Lock()

    async def export(self, tenant_id: UUID, actor: str) -> Job:
        """Queue a job that writes the archive; one that is open already is returned. Raises `TenantNotFound`."""
        tenant = await self._tenant(tenant_id, actor)
        await self.audit.note(Action(actor, "tenant.export", tenant_id))
        with acting_as(tenant):
            return await self.jobs.start("export", EXPORT)

    async def job(self, tenant_id: UUID, job_id: UUID, actor: str) -> Job:
        """Raises `TenantNotFound` and `JobNotFound`."""
        with acting_as(await self._tenant(tenant_id, actor)):
            return await self.jobs.get(job_id)

    async def archive(self, tenant_id: UUID, job_id: UUID, actor: str) -> StoredArchive:
        """Raises `TenantNotFound`, `JobNotFound`, `ExportUnfinished` and `ExportNotFound`."""
        tenant = await self._tenant(tenant_id, actor)
        with acting_as(tenant):
            job = await self.jobs.get(job_id)
            if job.kind != "export":
                raise ExportNotFound
            if job.state != "done":
                raise ExportUnfinished
            size = await self.store.size(job_id)
        if size is None:
            raise ExportNotFound
        return StoredArchive(f"{tenant.tenant.name}.zip", size, self._parts(tenant, job_id))

    async def add(self, file: IO[bytes], name: str | None, actor: str) -> tuple[Imported, Job | None]:
        """Import a tenant. Without its vectors, which are of another model, a job is queued that computes them.

        An import holds a connection for as long as it takes, so this process runs one at a time; others wait for it.
        Raises what `TenantImport.run` raises.
        """
        async with self._one_at_a_time:
            imported = await self.imports.run(file, name, actor)
        if imported.embedded:
            return imported, None
        with acting_as(TenantCaller(actor, imported.account.tenant)):
            return imported, await self.jobs.start("refresh", REFRESH)

    async def _parts(self, tenant: TenantCaller, job_id: UUID) -> AsyncGenerator[bytes, None]:
        """Each part is read as the tenant; what is between them belongs to whoever sends them."""
        parts = self.store.parts(job_id)
        while True:
            with acting_as(tenant):
                part = await anext(parts, None)
            if part is None:
                return
            yield part

    async def _tenant(self, tenant_id: UUID, actor: str) -> TenantCaller:
        account = await self.accounts.get(tenant_id)
        if account is None:
            raise TenantNotFound
        return TenantCaller(actor, account.tenant)
