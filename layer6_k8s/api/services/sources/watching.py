"""Watching folders: what changes there is synced at once, by one process of the service."""

import asyncio
import logging
from contextlib import suppress
from uuid import UUID

from api.services.documents.store import StoreUnavailable
from api.services.serving.ending import end
from api.services.sources.errors import SourceNotFound
from api.services.sources.service import SourceService
from api.services.sources.sources import Changes, Leader

TICK_SECONDS = 2.0
"""The pause between two looks at the list of sources."""

logger = logging.getLogger("mystack.sources")


class Watching:
    def __init__(self, sources: SourceService, leader: Leader, changes: Changes) -> None:
        self.sources = sources
        self.leader = leader
        self.changes = changes

    async def run(self) -> None:
        """Watch until cancelled, whenever this process is the one that does. An unreachable database is tried again."""
        while True:
            with suppress(StoreUnavailable):
                async with self.leader.leading():
                    await self._lead()
            await asyncio.sleep(TICK_SECONDS)

    async def _lead(self) -> None:
        """Watch until the database cannot be reached. Folders that are added or come back are synced first."""
        watched: dict[str, UUID] = {}
        task: asyncio.Task[None] | None = None
        try:
            while True:
                await self.leader.check()
                current = await self._folders()
                if current != watched or task is None or task.done():
                    await _stopped(task)
                    task = asyncio.create_task(self._watch(current))
                    await self._sync(*(current[path] for path in current.keys() - watched.keys()))
                    watched = current
                await self._sync(*await self.sources.store.due())
                await asyncio.sleep(TICK_SECONDS)
        finally:
            await _stopped(task)

    async def _folders(self) -> dict[str, UUID]:
        """The watched sources whose folders are there, by path."""
        watched = {source.location: source.id for source in await self.sources.all() if source.watch}
        present = await asyncio.to_thread(self.changes.present, watched)
        return {path: id for path, id in watched.items() if path in present}

    async def _watch(self, folders: dict[str, UUID]) -> None:
        try:
            async for changed in self.changes.watch(folders):
                with suppress(StoreUnavailable):  # noted when the store is back and the folder changes again
                    await self._sync(*(folders[path] for path in changed))
        except (OSError, RuntimeError) as error:
            logger.warning("watching folders stopped, and begins again: %s", error)

    async def _sync(self, *ids: UUID) -> None:
        for id in ids:
            with suppress(SourceNotFound):
                await self.sources.sync(id)


async def _stopped(task: "asyncio.Task[None] | None") -> None:
    if task is not None:
        await end(task)
