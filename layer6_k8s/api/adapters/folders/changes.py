"""Changes below folders as the operating system tells them: the port `Changes`, by watchfiles."""

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path

from watchfiles import awatch

DEBOUNCE_MILLISECONDS = 1_000
"""Changes in so short a time are told together."""


class FolderChanges:
    """The port `Changes`."""

    def present(self, folders: Collection[str]) -> frozenset[str]:
        return frozenset(folder for folder in folders if os.path.isdir(folder))

    async def watch(self, folders: Collection[str]) -> AsyncIterator[Sequence[str]]:
        if not folders:
            await asyncio.Event().wait()  # until cancelled
        async for changes in awatch(*folders, debounce=DEBOUNCE_MILLISECONDS, ignore_permission_denied=True):
            paths = [Path(path) for _, path in changes]
            yield [folder for folder in folders if any(path.is_relative_to(folder) for path in paths)]
