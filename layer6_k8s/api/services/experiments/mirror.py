"""The mirror of runs and champions in a tracking server: in the background, and again until it succeeded."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol
from uuid import UUID

from api.services.documents.store import StoreUnavailable
from api.services.experiments.registry import Version
from api.services.experiments.runs import Run

PAUSE_SECONDS = 30.0
"""Between two attempts, when nothing new wakes the mirror."""

logger = logging.getLogger("mystack.experiments")


class TrackerAway(Exception):
    """The tracking server did not answer, or failed. Later it may succeed."""


class TrackerRefused(Exception):
    """The tracking server refuses this run; the message is its reason. Another attempt would end the same way."""


class Tracker(Protocol):
    """A tracking server. Both methods raise `TrackerAway` and `TrackerRefused`, and may be repeated."""

    async def log(self, run: Run) -> str:
        """Log a run, once; returns the tracker's id of it."""
        ...

    async def register(self, version: Version) -> None:
        """Register a version with its alias."""
        ...


class MirrorQueue(Protocol):
    """What has not been mirrored yet. All methods raise `StoreUnavailable`."""

    async def claim(self) -> Run | None:
        """A run that is due. It is due again after a while, unless it is marked."""
        ...

    async def release(self, id: UUID) -> None:
        """The run was not logged: it is due again now."""
        ...

    async def logged(self, id: UUID, tracker_id: str) -> None: ...

    async def refused(self, id: UUID, reason: str) -> None: ...

    async def unregistered(self) -> Sequence[Version]: ...

    async def registered(self, version: Version) -> None:
        """Mark it, unless its alias has moved since."""
        ...

    async def waiting(self) -> int:
        """Runs that have not been mirrored."""
        ...


class Mirror:
    """Mirrors what waits: at once when `wake` is called, and every `PAUSE_SECONDS`."""

    def __init__(self, queue: MirrorQueue, tracker: Tracker, name: str, pause: float = PAUSE_SECONDS) -> None:
        self.queue = queue
        self.tracker = tracker
        self.name = name
        self.pause = pause
        self._new = asyncio.Event()
        self._away = ""

    def wake(self) -> None:
        self._new.set()

    async def run(self) -> None:
        """Until cancelled. An unreachable database or tracker is tried again."""
        while True:
            self._new.clear()
            try:
                with suppress(StoreUnavailable):
                    await self._catch_up()
                self._says("")
            except TrackerAway as error:
                self._says(str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(self.pause):
                    await self._new.wait()

    async def check(self) -> str:
        """One sentence for /health. Raises `StoreUnavailable`."""
        waiting = await self.queue.waiting()
        return f"{waiting} runs wait for {self.name}. {self._away}".strip() if waiting else f"{self.name} has all runs."

    async def _catch_up(self) -> None:
        while run := await self.queue.claim():
            try:
                await self.queue.logged(run.id, await self.tracker.log(run))
            except TrackerRefused as error:
                logger.warning("%s refused run %s: %s", self.name, run.id, error)
                await self.queue.refused(run.id, str(error))
            except TrackerAway:
                await self.queue.release(run.id)
                raise
        for version in await self.queue.unregistered():
            try:
                await self.tracker.register(version)
            except TrackerRefused as error:
                logger.warning("%s refused %s %d: %s", self.name, version.kind, version.version, error)
            await self.queue.registered(version)

    def _says(self, away: str) -> None:
        """Log a change, and not each attempt."""
        if away and not self._away:
            logger.warning("%s: %s Runs are kept in PostgreSQL and mirrored later.", self.name, away)
        elif self._away and not away:
            logger.info("%s answers again.", self.name)
        self._away = away
