"""Import a tenant from an archive: all of it, or nothing."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import IO, Protocol
from uuid import UUID

from api.services.archives.archive import Archive
from api.services.archives.errors import ArchiveRefused
from api.services.documents.store import NewDocument
from api.services.embedding.embeddings import Space, SpaceSource
from api.services.tenants.accounts import Account, Quotas
from api.services.transfer.codec import Incomplete, decode

ROWS_BYTES = 1_000_000
"""Of the rows that are stored by one statement."""


class Importing(Protocol):
    """A tenant whose import is under way. All methods raise `StoreUnavailable` and `ArchiveRefused`."""

    account: Account

    async def document(self, new: NewDocument) -> None: ...

    async def ordered(self, tables: Sequence[str]) -> Sequence[str]:
        """The tables in the order in which they can be imported."""
        ...

    async def rows(self, table: str, columns: Sequence[str], rows: Sequence[str]) -> None:
        """Store rows, which are JSON objects with these keys."""
        ...

    async def original(self, id: UUID, data: bytes) -> None: ...


class ImportedTenants(Protocol):
    def adding(
        self, name: str, quotas: Quotas, actor: str, space: Space, *, vectors: bool
    ) -> AbstractAsyncContextManager[Importing]:
        """Add a tenant; whatever is raised inside undoes all. `vectors`: whether to store those of documents.

        `space`: that of this installation.

        Raises `TenantExists`, `ArchiveInUse`, `ArchiveRefused` and `StoreUnavailable`.
        """
        ...


@dataclass(frozen=True)
class Imported:
    """`embedded`: the vectors were kept, because this installation embeds with the same model."""

    account: Account
    counts: Mapping[str, int]
    embedded: bool


class TenantImport:
    """`space` gives the embedding space of this installation."""

    def __init__(self, tenants: ImportedTenants, space: SpaceSource) -> None:
        self.tenants = tenants
        self.space = space

    async def run(self, file: IO[bytes], name: str | None, actor: str) -> Imported:
        """`name`: of the new tenant; None for the one in the archive. Raises what `ImportedTenants` raises."""
        archive = await asyncio.to_thread(Archive, file)
        manifest, space = archive.manifest, await self.space()
        kept = manifest.space in (None, space)
        async with self.tenants.adding(name or manifest.name, manifest.quotas, actor, space, vectors=kept) as tenant:
            await _documents(archive, tenant)
            await _tables(archive, tenant)
            for id in archive.originals:
                await tenant.original(id, await asyncio.to_thread(archive.original, id))
            account = tenant.account
        return Imported(account, manifest.counts, kept)


async def _documents(archive: Archive, tenant: Importing) -> None:
    for id in archive.documents:
        try:
            new = await asyncio.to_thread(_decoded, archive, id)
        except (Incomplete, ValueError, KeyError, TypeError) as error:
            raise ArchiveRefused(f"Document {id} of the archive cannot be read: {error!r}") from error
        await tenant.document(new)


def _decoded(archive: Archive, id: UUID) -> NewDocument:
    return decode(archive.document(id))


async def _tables(archive: Archive, tenant: Importing) -> None:
    for table in await tenant.ordered(archive.tables):
        async for rows in _read(archive, table):
            try:
                columns = list(json.loads(rows[0]))
            except ValueError as error:
                raise ArchiveRefused(f"{table}.jsonl of the archive cannot be read: {error}") from error
            await tenant.rows(table, columns, rows)


async def _read(archive: Archive, table: str) -> AsyncGenerator[Sequence[str], None]:
    batches = archive.rows(table, ROWS_BYTES)
    while rows := await asyncio.to_thread(next, batches, None):
        yield rows
