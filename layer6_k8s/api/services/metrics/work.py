"""Metrics of a worker: how its attempts at jobs end."""

from uuid import UUID

from api.services.jobs.jobs import Claim, JobError, StoredFile
from api.services.jobs.stores import WorkStore
from api.services.metrics.metrics import Metrics
from api.services.metrics.names import JOB_ATTEMPTS


class CountedWork:
    """The port `WorkStore`."""

    def __init__(self, work: WorkStore, metrics: Metrics) -> None:
        self.work = work
        self.metrics = metrics

    async def claim(self, lease: float, *, alone: bool = False) -> Claim | None:
        """See `WorkStore`, like all that follow."""
        return await self.work.claim(lease, alone=alone)

    async def renew(self, claim: Claim, lease: float, stage: str, progress: float) -> bool:
        return await self.work.renew(claim, lease, stage, progress)

    async def finish(self, claim: Claim, document_id: UUID | None) -> None:
        await self.work.finish(claim, document_id)
        self._count(claim, "done")

    async def release(self, claim: Claim) -> None:
        await self.work.release(claim)
        self._count(claim, "released")

    async def fail(self, claim: Claim, error: JobError, *, again_in: float | None) -> None:
        await self.work.fail(claim, error, again_in=again_in)
        self._count(claim, "failed" if again_in is None else "again")

    async def file(self, document_id: UUID) -> StoredFile | None:
        return await self.work.file(document_id)

    async def keep(self, claim: Claim, filename: str, data: bytes, sha256: str) -> UUID:
        return await self.work.keep(claim, filename, data, sha256)

    async def seen(self, worker: str) -> None:
        await self.work.seen(worker)

    async def gone(self, worker: str) -> None:
        await self.work.gone(worker)

    def _count(self, claim: Claim, outcome: str) -> None:
        self.metrics.count(JOB_ATTEMPTS, kind=claim.kind, outcome=outcome)
