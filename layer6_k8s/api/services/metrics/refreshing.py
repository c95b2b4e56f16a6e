"""What is read when metrics are asked for, and not when it changes."""

import asyncio
import logging
import math
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from api.services.metrics.metrics import Metrics
from api.services.metrics.names import DISK_FREE_BYTES
from api.services.serving.cached_call import CachedCall

FRESH_SECONDS = 1.0
"""Several scrapers, and the history, share what was read."""
LONGEST_SECONDS = 3.0
"""Longest wait for all sources together: Prometheus gives up after ten seconds, and half of the truth is better."""

Source = Callable[[], Awaitable[None]]
"""Sets some gauges. An error is logged, and keeps no other source from being read."""

logger = logging.getLogger("mystack.metrics")


class Refresh:
    """Asks all sources, at most once a second."""

    def __init__(self, sources: Sequence[Source] = ()) -> None:
        self.sources = sources
        self._all = CachedCall(self._refreshed, FRESH_SECONDS)

    async def __call__(self) -> None:
        await self._all.get()

    async def _refreshed(self) -> None:
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                ends = await asyncio.gather(*(source() for source in self.sources), return_exceptions=True)
        except TimeoutError:
            logger.warning("some metrics could not be read within %g s", LONGEST_SECONDS)
            return
        for error in ends:
            if isinstance(error, Exception):
                logger.warning("some metrics could not be read: %r", error)


def free_space(metrics: Metrics, folder: Path) -> Source:
    """A source for the free space of the file system that holds `folder`."""

    async def refresh() -> None:
        try:  # in a thread, because a network drive may not answer
            free: float = (await asyncio.to_thread(shutil.disk_usage, folder)).free
        except OSError:
            free = math.nan
        metrics.gauge(DISK_FREE_BYTES, free)

    return refresh
