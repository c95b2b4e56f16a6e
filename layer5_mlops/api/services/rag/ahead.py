"""Embed the sentences of an answer while a model still writes it, so that the check at the end has their vectors."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from api.errors import MyStackError
from api.services.rag.checking.statements import statements
from api.services.rag.checking.support import SENTENCES, SupportCheck

BOUNDARIES = (".", "!", "?", "。", "|", "\n")
"""Where a sentence may end."""


class ReadAhead:
    """Takes an answer piece by piece. Its tasks end with the context."""

    def __init__(self, support: SupportCheck, sources: int) -> None:
        self.support = support
        self.sources = sources
        self._text = ""
        self._read = self._prepared = 0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task})

    def feed(self, piece: str) -> None:
        """Take the next piece, and begin with the sentences that it completes unless earlier ones are under way."""
        self._text += piece
        busy = self._task is not None and not self._task.done()
        if not busy and self.sources and self._prepared < SENTENCES and any(mark in piece for mark in BOUNDARIES):
            self._task = asyncio.create_task(self._prepare())

    async def settled(self, seconds: float) -> None:
        """Wait for what is under way, for `seconds` at most."""
        if self._task:
            await asyncio.wait({self._task}, timeout=seconds)

    async def _prepare(self) -> None:
        """Embed the sentences since the last time, except the one that may still grow.

        An error is none of the answer's: the check embeds what is missing.
        """
        tail = self._text[self._read :]
        complete = (await asyncio.to_thread(statements, tail, range(1, self.sources + 1)))[:-1]
        if complete:
            self._read += complete[-1].end
            self._prepared += len(complete)
            with suppress(MyStackError):
                await self.support.prepare([statement.prose for statement in complete])
