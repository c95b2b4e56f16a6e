"""Processes that are killed while they write."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.stores.writes import prepare

ENOUGH = 60
"""No write makes so many calls."""


class Victim:
    """A process that does writes, each in a child of its own."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.stores.victim"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, **pipes, text=True, cwd=Path(__file__).parents[2])  # type: ignore[call-overload]

    async def does(self, where: Mapping[str, Any], write: str, number: int) -> str:
        """The first line that it says about the write, in which the n-th call kills."""
        self.process.stdin.write(json.dumps({"where": where, "write": write, "number": number}, default=str) + "\n")
        self.process.stdin.flush()
        return str(await asyncio.to_thread(self.process.stdout.readline)).strip()


@contextmanager
def victim() -> Iterator[Victim]:
    """Killed at the end."""
    it = Victim()
    try:
        yield it
    finally:
        it.process.kill()
        it.process.communicate()


async def killed_after_every_step(where: Mapping[str, Any], write: str) -> AsyncIterator[int]:
    """For n = 1, 2, …: a process was killed after the n-th call of the write, until it ends before that."""
    with victim() as process:
        for number in range(1, ENOUGH):
            await prepare(where, write)
            status = await process.does(where, write, number)
            if status == "0":
                assert number > 5
                return
            assert status == "-9"
            yield number
    raise AssertionError("the write never ended")
