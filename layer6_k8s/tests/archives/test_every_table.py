"""Whatever table belongs to tenants, its rows are moved, or it is named as one that stays."""

import io
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from api.adapters.postgres.archives.importing import PostgresImport
from api.adapters.postgres.archives.snapshot import PostgresTenant
from api.adapters.postgres.archives.tables import LEFT
from api.adapters.postgres.tenants.database import TenantDatabase
from api.adapters.postgres.tenants.spaces import SpacesWithoutIndex
from api.services.archives.archive import Archive
from api.services.archives.errors import ExportIncomplete
from api.services.archives.export import ExportHandler
from api.services.archives.importing import TenantImport
from api.services.documents.ingestion import Upload
from api.services.embedding.embeddings import Space
from api.services.jobs.jobs import Claim
from api.services.tenants.callers import TenantCaller, acting_as
from tests.postgres.rows import fill
from tests.stores.drafts import space
from tests.stores.opened import Opened, opened

ORIGINAL = """
    INSERT INTO files (id, filename, metadata, sha256, size_bytes, data)
    SELECT id, filename, '{}', sha256, 4, '\\x00ff0d0a' FROM documents LIMIT 1
"""
OWNED = "SELECT viewname FROM pg_views WHERE schemaname = 'tenant'"


class Kept:
    """The port `ArchiveStore`, in memory."""

    data = b""

    async def put(self, job_id: UUID, parts: AsyncIterator[bytes]) -> None:
        self.data = b"".join([part async for part in parts])

    async def size(self, job_id: UUID) -> int | None:
        return len(self.data)

    async def parts(self, job_id: UUID) -> AsyncIterator[bytes]:
        yield self.data


async def exported(harness: Opened) -> bytes:
    """The archive of the current caller's tenant."""
    kept, database = Kept(), cast(TenantDatabase, harness.database)
    claim = Claim(uuid4(), uuid4(), "export", Upload(uuid4(), "export", {}, None), 1, 0)
    await ExportHandler(PostgresTenant(database, seconds=30), kept, "a test")(claim)
    return kept.data


async def imported(harness: Opened, archive: bytes, embeds_with: Callable[[], Any] = space) -> TenantCaller:
    database = cast(TenantDatabase, harness.database)
    target = PostgresImport(database, SpacesWithoutIndex(database), seconds=30)
    done = await TenantImport(target, embeds_with).run(io.BytesIO(archive), "moved", "a test")
    return TenantCaller("a test", done.account.tenant)


@pytest.fixture
async def both(stores: Callable[[], dict[str, Any]]) -> AsyncIterator[tuple[Opened, Opened]]:
    """Two databases; the tenant `default` of the first has a row in every table."""
    async with AsyncExitStack() as stack:
        full, empty = [await stack.enter_async_context(opened(stores())) for _ in range(2)]
        await fill(full)
        async with full.database.transaction() as connection:
            await connection.execute(ORIGINAL)
        yield full, empty


async def test_every_table_of_a_tenant_is_moved_or_stays_on_purpose(both: tuple[Opened, Opened]) -> None:
    here, there = both
    archive = await exported(here)
    with acting_as(await imported(there, archive)):
        again = await exported(there)
        views = [name for (name,) in await there.database.rows(OWNED)]
        filled = {name for name in views if await there.database.rows(f"SELECT 1 FROM {name} LIMIT 1".encode())}
    assert Archive(io.BytesIO(again)).manifest.entries == Archive(io.BytesIO(archive)).manifest.entries
    assert set(views) - filled == LEFT - {"library_version"}


async def test_vectors_of_another_model_are_not_imported_and_words_are(both: tuple[Opened, Opened]) -> None:
    here, there = both

    async def other() -> Space:
        return Space("another-model", 3)

    with acting_as(await imported(there, await exported(here), other)):
        ((chunks, words, vectors),) = await there.database.rows(
            "SELECT (SELECT count(*) FROM chunks), (SELECT count(*) FROM postings), (SELECT count(*) FROM embeddings)"
        )
    assert (chunks > 0, words > 0, vectors) == (True, True, 0)


async def test_a_tenant_with_chunks_without_vectors_is_not_exported(both: tuple[Opened, Opened]) -> None:
    here, _ = both
    async with here.database.transaction() as connection:
        await connection.execute("DELETE FROM embeddings")
    with pytest.raises(ExportIncomplete):
        await exported(here)
