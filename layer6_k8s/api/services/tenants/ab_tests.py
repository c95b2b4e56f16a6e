"""A/B tests of tenants: each has its own, and answers in its arms only."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from api.services.ab_tests.ab_test import ABTest, ABTestStore
from api.services.ab_tests.report import Report
from api.services.ab_tests.service import LOOK_SECONDS, ABTestService, Needed
from api.services.chat.models import Models
from api.services.documents.store import StoreUnavailable
from api.services.serving.context import current_caller
from api.services.tenants.callers import Tenant, TenantCaller, acting_as

logger = logging.getLogger("mystack.ab_tests")


class Testing(Protocol):
    async def testing(self) -> Sequence[Tenant]:
        """The tenants of which a test runs."""
        ...


class ABTestsOfTenants(ABTestService):
    """One `ABTestService` for each tenant that has asked for one, or of which a test runs."""

    def __init__(self, store: ABTestStore, models: Models, tenants: Testing) -> None:
        self.tenants = tenants
        self._services: dict[Tenant, ABTestService] = {}
        super().__init__(store, models)

    @property
    def running(self) -> ABTest | None:
        """The test that the current caller's turns are answered in."""
        caller = current_caller.get()
        service = self._services.get(caller.tenant) if isinstance(caller, TenantCaller) else None
        return service.running if service else None

    @running.setter
    def running(self, test: ABTest | None) -> None:
        """Only the services of the tenants have one."""

    async def begin(self, test: ABTest) -> None:
        await self._own().begin(test)

    async def report(self, test: ABTest) -> Report:
        return await self._own().report(test)

    async def needed(self, test: ABTest, difference: float) -> Needed:
        return await self._own().needed(test, difference)

    async def stop(self, id: UUID, reason: str) -> ABTest:
        return await self._own().stop(id, reason)

    async def run(self) -> None:
        """Look for every tenant, until cancelled. What fails for one keeps no other from being looked at."""
        while True:
            try:
                for tenant in {*await self.tenants.testing(), *self._services}:
                    await self._look_for(tenant)
            except StoreUnavailable as error:
                if any(service.running for service in self._services.values()):
                    logger.warning("the running A/B tests could not be looked at: %s", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look_for(self, tenant: Tenant) -> None:
        service = self._service(tenant)
        with acting_as(TenantCaller("A/B test", tenant)):
            try:
                await service.look()
            except StoreUnavailable:
                raise
            except Exception:  # the edge of a task: a test that is stopped elsewhere must still be followed
                service.running = None
                logger.exception("the running A/B test could not be read, so no answer is given in its arms")

    def _own(self) -> ABTestService:
        caller = current_caller.get()
        return (
            self._service(caller.tenant) if isinstance(caller, TenantCaller) else ABTestService(self.store, self.models)
        )

    def _service(self, tenant: Tenant) -> ABTestService:
        return self._services.setdefault(tenant, ABTestService(self.store, self.models))
