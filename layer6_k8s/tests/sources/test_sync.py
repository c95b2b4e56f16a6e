"""A sync that is killed anywhere continues, and does nothing twice; one process of several watches."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest

from api.adapters.folders.folder import FolderOrigin
from api.adapters.postgres.database import Database
from api.adapters.postgres.jobs.documents import DocumentsAndJobs
from api.adapters.postgres.jobs.jobs import PostgresJobs
from api.adapters.postgres.jobs.work import PostgresWork
from api.adapters.postgres.sources.items import PostgresItems
from api.adapters.postgres.sources.leader import PostgresLeader
from api.adapters.postgres.sources.sources import PostgresSources
from api.capabilities.database import open_database
from api.config import Settings
from api.services.documents.store import StoreUnavailable
from api.services.jobs.jobs import BULK, Job, NewJob
from api.services.sources.service import SourceService
from api.services.sources.sources import NewSource, Read, Source, Version
from api.services.sources.sync import SyncHandler
from tests.stores.opened import opened


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Death:
    """Kills at the step with this number."""

    at: int = 10**9
    steps: int = field(default=0, init=False)

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.at:
            raise Killed


class MortalJobs(PostgresJobs):
    def __init__(self, database: Database, death: Death) -> None:
        super().__init__(database)
        self.death = death

    async def add(self, new: NewJob, data: bytes, sha256: str) -> Job:
        job = await super().add(new, data, sha256)
        self.death.step()
        return job


class MortalItems(PostgresItems):
    def __init__(self, database: Database, death: Death) -> None:
        super().__init__(database)
        self.death = death

    async def place(self, source_id: UUID, key: str, version: Version, document_id: UUID) -> None:
        await super().place(source_id, key, version, document_id)
        self.death.step()

    async def forget(self, source_id: UUID, key: str) -> None:
        await super().forget(source_id, key)
        self.death.step()


class QuickFolders(FolderOrigin):
    """Files of a test that nobody writes meanwhile."""

    settle = 0.0


class Hasty(QuickFolders):
    """A folder in which a file grows while it is read, `times` times."""

    times = 0

    async def read(self, source: Source, key: str, stamp: str, known: Version | None) -> Read | None:
        if self.times:
            self.times -= 1
            _append(Path(source.location, key), " more")
        return await super().read(source, key, stamp, known)


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


@dataclass
class Library:
    database: Database
    jobs: PostgresJobs
    work: PostgresWork
    reader: Any
    sources: PostgresSources
    folder: Path

    async def added(self) -> Source:
        new = NewSource(uuid4(), "folder", str(self.folder), delete_after=0, watch=False)
        return await self.sources.add(new)

    async def sync(self, source: Source, death: Death | None = None, origin: FolderOrigin | None = None) -> None:
        death = death or Death()
        handler = SyncHandler(
            sources=self.sources,
            items=MortalItems(self.database, death),
            origins={"folder": origin or QuickFolders((self.folder,), 1_000)},
            reader=self.reader,
            jobs=MortalJobs(self.database, death),
        )
        job = await self.jobs.add_task(uuid4(), "sync", "notes", source.id, BULK)
        claim = await self.work.claim(30)
        assert claim is not None
        while claim.id != job.id:  # of the documents, which nobody reads here
            claim = await self.work.claim(30)
            assert claim is not None
        try:
            await handler(claim)
        finally:
            await self.work.finish(claim, None)

    async def ingests(self) -> list[Job]:
        return await self.jobs.page(1_000, None, None, "ingest", None)

    async def held(self, source: Source) -> list[str]:
        return sorted(item.key for item in await self.sources.items(source.id) if item.held)


@pytest.fixture
async def kept(stores: Callable[[], dict[str, Any]], tmp_path: Path) -> AsyncIterator[Library]:
    address = stores()
    async with opened(address) as harness, open_database(Settings(_env_file=None, **address)) as database:
        reader = DocumentsAndJobs(database, harness.reader)
        yield Library(
            database, PostgresJobs(database), PostgresWork(database), reader, PostgresSources(database), tmp_path
        )


async def test_a_sync_that_is_killed_at_any_step_continues_and_does_nothing_twice(kept: Library) -> None:
    names = [f"{number}.txt" for number in range(4)]
    for name in names:
        (kept.folder / name).write_text(f"File {name}.")
    source = await kept.added()
    for _ in names:  # storing a job is a step, and noting the item is the next
        for at in (1, 2):
            with pytest.raises(Killed):
                await kept.sync(source, Death(at))
    assert (await kept.held(source), len(await kept.ingests())) == (names, len(names))
    await kept.sync(source)
    assert (await kept.held(source), len(await kept.ingests())) == (names, len(names))
    for name in names[:3]:
        (kept.folder / name).unlink()
    with pytest.raises(Killed):
        await kept.sync(source, Death(2))
    assert len(await kept.held(source)) == 2, "two of three are deleted"
    await kept.sync(source)
    assert await kept.held(source) == names[3:]


async def test_only_the_newest_of_versions_that_wait_is_read(kept: Library) -> None:
    source = await kept.added()
    for number in range(4):
        (kept.folder / "note.txt").write_text(f"Version {number}.")
        await kept.sync(source)
    states = [job.state for job in await kept.ingests()]
    assert (states[0], set(states[1:])) == ("queued", {"cancelled"})
    ((files,),) = await kept.database.rows("SELECT count(*) FROM files")
    assert files == 1


async def test_a_file_that_changes_while_it_is_read_is_read_again(kept: Library) -> None:
    (kept.folder / "note.txt").write_text("A note")
    origin = Hasty((kept.folder,), 1_000)
    origin.times = 3
    source = await kept.added()
    await kept.sync(source, origin=origin)
    ((data,),) = await kept.database.rows("SELECT data FROM files")
    assert bytes(data) == b"A note more more more"
    origin.times = 1_000
    await kept.sync(source, origin=origin)
    ((counts,),) = await kept.database.rows("SELECT counts FROM sources")
    assert counts["unchanged"] == 1, "nothing was to be read"
    (kept.folder / "note.txt").write_text("Another note")
    await kept.sync(source, origin=origin)
    ((counts,),) = await kept.database.rows("SELECT counts FROM sources")
    assert counts["changing"] == 1
    assert len(await kept.ingests()) == 1


async def test_a_source_is_synced_by_one_job_at_a_time(kept: Library) -> None:
    source = await kept.added()
    first = await kept.jobs.add_task(uuid4(), "sync", "notes", source.id, BULK)
    second = await kept.jobs.add_task(uuid4(), "sync", "notes", source.id, BULK)
    assert first.id == second.id


async def test_a_request_that_nothing_serves_and_a_period_that_is_over_are_due(kept: Library) -> None:
    (kept.folder / "note.txt").write_text("A note")
    source = await kept.added()
    assert await kept.sources.due() == []
    await kept.sources.request(source.id, confirmed=False)
    assert await kept.sources.due() == [source.id]
    await kept.sync(source)
    assert await kept.sources.due() == []
    await PostgresItems(kept.database).missing(source.id, ["note.txt"])
    assert await kept.sources.due() == [source.id]


async def test_a_sync_that_is_about_to_be_queued_is_not_due(kept: Library) -> None:
    """Else the process that watches would ask for the same sync once more, and its counts would replace the first's."""
    source = await kept.added()
    due: list[UUID] = []

    class Slow:
        store = kept.jobs

        async def start(self, kind: str, name: str, subject: UUID, batch_id: UUID) -> Job:
            due.extend(await kept.sources.due())
            return await kept.jobs.add_task(uuid4(), "sync", name, subject, BULK, batch_id)

    service = SourceService(kept.sources, Slow(), Mock(), Mock())  # type: ignore[arg-type]
    first = await service.sync(source.id)
    assert due == []
    (kept.folder / "note.txt").write_text("A note")
    assert (await service.sync(source.id)).id == first.id
    noted = "SELECT requested, confirmed FROM sources"
    assert await kept.database.rows(noted) == [(True, False)], "the one that is open looks again"
    assert (await service.sync(source.id, confirmed=True)).id == first.id
    assert await kept.database.rows(noted) == [(True, True)]


async def test_one_of_several_processes_watches_and_another_when_that_one_is_gone(
    stores: Callable[[], dict[str, Any]],
) -> None:
    url = stores()["database_url"]
    first, second = PostgresLeader(url), PostgresLeader(url)
    began = asyncio.Event()

    async def wait() -> None:
        async with second.leading():
            began.set()

    async with first.leading():
        task = asyncio.create_task(wait())
        await first.check()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(began.wait(), 0.5)
    await asyncio.wait_for(began.wait(), 20)
    await task
    with pytest.raises(StoreUnavailable):
        await first.check()


async def test_a_server_that_cannot_be_reached_leads_nobody() -> None:
    with pytest.raises(StoreUnavailable):
        async with PostgresLeader("postgresql://mystack@127.0.0.1:1/mystack").leading():
            pass
