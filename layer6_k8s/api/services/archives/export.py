"""Export a tenant: a job that writes an archive, in one snapshot of the database, and keeps it for a day."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import IO, Any, Protocol
from uuid import UUID

from api.services.archives.archive import DOCUMENTS, ORIGINALS, TABLES, ArchiveWriter, Manifest
from api.services.archives.errors import ExportIncomplete
from api.services.embedding.embeddings import Space
from api.services.jobs.current import report
from api.services.jobs.jobs import Claim
from api.services.tenants.accounts import Account
from api.services.tenants.keys import ApiKey
from api.services.transfer.codec import StoredDocument, encode

PART_BYTES = 4_000_000
"""Of an archive in the database."""


class Snapshot(Protocol):
    """What the current tenant has, at one time. All methods raise `StoreUnavailable`."""

    async def account(self) -> Account: ...

    async def keys(self) -> Sequence[ApiKey]: ...

    async def space(self) -> Space | None: ...

    async def documents(self) -> Sequence[UUID]:
        """The oldest first."""
        ...

    async def document(self, id: UUID) -> StoredDocument: ...

    async def originals(self) -> Sequence[UUID]:
        """Those of stored documents that were kept."""
        ...

    async def original(self, id: UUID) -> bytes: ...

    async def tables(self) -> Sequence[str]:
        """The tables with the rest, originals without their bytes among them."""
        ...

    def rows(self, table: str) -> AsyncIterator[Sequence[str]]:
        """The rows as JSON objects, in lists."""
        ...


class ExportedTenant(Protocol):
    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]: ...


class ArchiveStore(Protocol):
    """Keeps finished archives until they expire. All methods raise `StoreUnavailable`."""

    async def put(self, job_id: UUID, parts: AsyncIterator[bytes]) -> None:
        """Replaces what a former attempt of the job has stored."""
        ...

    async def size(self, job_id: UUID) -> int | None:
        """In bytes; None if there is none, or it has expired."""
        ...

    def parts(self, job_id: UUID) -> AsyncIterator[bytes]: ...


class ExportHandler:
    """The handler of `export` jobs. `made_by` is written into the manifest."""

    def __init__(self, tenant: ExportedTenant, archives: ArchiveStore, made_by: str) -> None:
        self.tenant = tenant
        self.archives = archives
        self.made_by = made_by

    async def __call__(self, claim: Claim) -> None:
        """See `Handler`. Raises `ExportIncomplete`."""
        with tempfile.TemporaryFile() as file:
            with ArchiveWriter(file) as writer:
                async with self.tenant.snapshot() as snapshot:
                    manifest = await self._written(writer, snapshot)
                await asyncio.to_thread(writer.finish, manifest)
            report("storing", 0.95)
            file.seek(0)
            await self.archives.put(claim.id, _parts(file))

    async def _written(self, writer: ArchiveWriter, snapshot: Snapshot) -> Manifest:
        account, space = await snapshot.account(), await snapshot.space()
        counts = await _write_documents(writer, snapshot)
        for id in await snapshot.originals():
            await asyncio.to_thread(writer.add, f"{ORIGINALS}{id}", [await snapshot.original(id)])
        for table in await snapshot.tables():
            counts[table] = await _write_table(writer, snapshot, table)
        about = {
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "made_by": self.made_by,
            "keys": [_without_secret(key) for key in await snapshot.keys()],
        }
        return Manifest(account.tenant.name, account.quotas, space, counts, {}, about)


async def _write_documents(writer: ArchiveWriter, snapshot: Snapshot) -> dict[str, int]:
    """Returns what was written. Raises `ExportIncomplete`."""
    counts = {"documents": 0, "chunks": 0}
    ids = await snapshot.documents()
    for id in ids:
        report("exporting", 0.9 * counts["documents"] / len(ids))
        stored = await snapshot.document(id)
        if len(stored.vectors) < len(stored.chunks):
            raise ExportIncomplete
        await asyncio.to_thread(_add_document, writer, stored)
        counts["documents"] += 1
        counts["chunks"] += len(stored.chunks)
    return counts


def _add_document(writer: ArchiveWriter, stored: StoredDocument) -> None:
    writer.add(f"{DOCUMENTS}{stored.document.id}", [encode(stored)])


async def _write_table(writer: ArchiveWriter, snapshot: Snapshot, table: str) -> int:
    """Returns the number of rows. Its lines go through a file, so that a table is never held in memory."""
    count = 0
    with tempfile.TemporaryFile() as lines:
        async for rows in snapshot.rows(table):
            count += len(rows)
            await asyncio.to_thread(lines.writelines, [f"{row}\n".encode() for row in rows])
        lines.seek(0)
        await asyncio.to_thread(writer.add, f"{TABLES}{table}.jsonl", _read(lines))
    return count


def _read(file: IO[bytes]) -> Iterator[bytes]:
    while part := file.read(PART_BYTES):
        yield part


async def _parts(file: IO[bytes]) -> AsyncIterator[bytes]:
    while part := await asyncio.to_thread(file.read, PART_BYTES):
        yield part


def _without_secret(key: ApiKey) -> Mapping[str, Any]:
    return {
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
    }
