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
"""More calls than any write makes."""


class Victim:
    """A process that runs writes, each in a child process."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.stores.victim"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, **pipes, text=True, cwd=Path(__file__).parents[2])  # type: ignore[call-overload]

    async def run(self, where: Mapping[str, Any], write: str, number: int) -> str:
        """The first line of output about the write, whose n-th call kills the child."""
        self.process.stdin.write(json.dumps({"where": where, "write": write, "number": number}, default=str) + "\n")
        self.process.stdin.flush()
        return str(await asyncio.to_thread(self.process.stdout.readline)).strip()


@contextmanager
def victim() -> Iterator[Victim]:
    """A `Victim` that is killed at the end."""
    started = Victim()
    try:
        yield started
    finally:
        started.process.kill()
        started.process.communicate()


async def killed_after_every_step(where: Mapping[str, Any], write: str) -> AsyncIterator[int]:
    """Yields n = 1, 2, … after a process was killed at the n-th call of the write, until the write has fewer calls."""
    with victim() as process:
        for number in range(1, ENOUGH):
            await prepare(where, write)
            status = await process.run(where, write, number)
            if status == "0":
                assert number > 5
                return
            assert status == "-9"
            yield number
    raise AssertionError("the write never ended")
