"""Quotas of record: the port `LimitStore`, and the quota of documents inside of a job's transaction.

All of it is about the tenant of the transaction (`this_tenant()`), whose quotas stand in its row of `tenants`.
"""

from datetime import UTC, datetime
from uuid import UUID

from api.adapters.postgres.database import Connection
from api.adapters.postgres.tenants.reservations import TODAY, Reservations
from api.services.jobs.current import current_work
from api.services.limits.errors import QuotaExceeded
from api.services.limits.limits import UNLIMITED, Limits, Used

LIMITS = """
    SELECT requests_quota, tokens_quota, documents_quota, bytes_quota FROM public.tenants WHERE no = this_tenant()
"""
STORED = """
    SELECT 1, size_bytes FROM documents
    UNION ALL
    SELECT 1, size_bytes FROM files WHERE NOT EXISTS (SELECT FROM documents WHERE documents.id = files.id)
        AND (SELECT state FROM jobs WHERE document_id = files.id ORDER BY created_at DESC LIMIT 1) <> 'done'
    UNION ALL
    SELECT 1, 0 FROM jobs WHERE kind = 'fetch' AND state IN ('queued', 'running')
        AND NOT EXISTS (SELECT FROM files WHERE files.id = jobs.document_id)
    UNION ALL
    SELECT -1, -documents.size_bytes FROM files JOIN documents ON documents.id = files.replaces
    WHERE EXISTS (SELECT FROM jobs WHERE document_id = files.id AND state IN ('queued', 'running'))
"""
"""What GET /documents lists, and pages that are about to be fetched. A document that is being replaced is subtracted:
its place goes to the new one."""
SIZE = f"""
    SELECT coalesce(sum(number), 0)::bigint, coalesce(sum(size), 0)::bigint FROM ({STORED}) AS stored (number, size)
"""  # noqa: S608
USED = f"""
    SELECT {TODAY}, coalesce(prompt + completion, 0), coalesce(reserved, 0), stored.*
    FROM ({SIZE}) AS stored (documents, bytes)
    LEFT JOIN public.usage ON tenant_no = this_tenant() AND day = {TODAY}
"""  # noqa: S608
OF_JOB = """
    SELECT documents_quota, bytes_quota FROM public.tenants
    WHERE no = this_tenant() AND coalesce(documents_quota, bytes_quota) IS NOT NULL
        AND EXISTS (SELECT FROM jobs WHERE id = %s AND kind IN ('ingest', 'fetch'))
"""
OF_FETCHED = """
    SELECT documents_quota, bytes_quota FROM public.tenants
    WHERE no = this_tenant() AND coalesce(documents_quota, bytes_quota) IS NOT NULL
"""
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7130600, this_tenant())"
"""Until the end of the transaction. The count after it, a statement of its own, sees what the one before committed."""


class PostgresBudgets(Reservations):
    """The port `LimitStore`, beside `Budgets`."""

    async def limits(self) -> Limits:
        rows = await self.database.rows(LIMITS)
        return Limits(*rows[0]) if rows else UNLIMITED

    async def used(self) -> Used:
        rows = await self.database.rows(USED.encode())
        return Used(*rows[0]) if rows else Used(datetime.now(UTC).date())


async def keep_quota(connection: Connection, job_id: UUID) -> None:
    """A `JobWrite`: a job that brings a document is stored if that is within the quotas. Raises `QuotaExceeded`."""
    await _check(connection, OF_JOB, [job_id])


async def keep_quota_of_fetched(connection: Connection, document_id: UUID) -> None:
    """A `Write` of a publication: only what was fetched has a size that was not known before."""
    work = current_work.get()
    if work and work.claim.kind == "fetch":
        await _check(connection, OF_FETCHED, [])


async def _check(connection: Connection, quotas: str, values: list[UUID]) -> None:
    row = await (await connection.execute(quotas.encode(), values)).fetchone()
    if row is None:
        return
    await connection.execute(ONE_AT_A_TIME)
    stored = await (await connection.execute(SIZE.encode())).fetchone()
    for what, quota, used in zip(("documents", "bytes"), row, stored or (0, 0), strict=True):
        if quota is not None and used > quota:
            raise QuotaExceeded(
                f"This tenant may store {quota:,} {what}, and with this document it would have {used:,}. "
                "Delete some, or ask the operator for more."
            )
