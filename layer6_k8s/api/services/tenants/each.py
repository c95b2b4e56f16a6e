"""What the service starts by itself, it starts for the tenant that it is about."""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from api.services.jobs.jobs import Job
from api.services.sampling.service import SamplingService
from api.services.serving.context import current_caller
from api.services.sources.errors import SourceNotFound
from api.services.sources.service import SourceService
from api.services.tenants.callers import Bookkeeper, Tenant, TenantCaller, acting_as


class Directory(Protocol):
    async def active(self) -> Sequence[Tenant]:
        """The tenants that are not suspended."""
        ...

    async def all(self) -> Sequence[Tenant]: ...

    async def of_source(self, id: UUID) -> Tenant | None: ...


class SourcesOfTenants(SourceService):
    """A sync that the service asks for, because a folder has changed, is done for the tenant of the source."""

    def __init__(self, *parts: Any, directory: Directory) -> None:
        super().__init__(*parts)
        self.directory = directory

    async def sync(self, id: UUID, *, confirmed: bool = False) -> Job:
        if not isinstance(current_caller.get(), Bookkeeper):
            return await super().sync(id, confirmed=confirmed)
        tenant = await self.directory.of_source(id)
        if tenant is None:
            raise SourceNotFound(f"There is no source {id}.")
        with acting_as(TenantCaller("watching", tenant)):
            return await super().sync(id, confirmed=confirmed)


class SamplingOfTenants(SamplingService):
    def __init__(self, *parts: Any, directory: Directory) -> None:
        super().__init__(*parts)
        self.directory = directory

    async def start_due(self) -> None:
        for tenant in await self.directory.active():
            with acting_as(TenantCaller("sampling", tenant)):
                await super().start_due()
