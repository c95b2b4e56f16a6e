"""Processes that are killed while they write."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.stores.faults import Faults
from tests.stores.opened import opened
from tests.stores.writes import NEW, WRITES, prepare

Stores = Callable[[], dict[str, Any]]


def victim(jobs: list[dict[str, Any]]) -> subprocess.Popen[str]:
    """A process that does the writes, each in a child of its own, and prints how each child ended."""
    command = [sys.executable, "-m", "tests.stores.victim", json.dumps(jobs, default=str)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


async def killed_after_every_step(stores: Stores, write: str) -> list[Mapping[str, Any]]:
    """As many stores as the write makes calls: at the n-th a process was killed after its n-th call."""
    jobs: list[dict[str, Any]] = []
    for number in range(1, await calls_of(stores, write) + 1):
        jobs.append({"where": stores(), "write": write, "number": number, "how": "dies"})
        await prepare(jobs[-1]["where"], write)
    output, _ = await asyncio.to_thread(victim(jobs).communicate)
    died = output.split().count("-9")
    assert len(jobs) - 2 <= died, "a store may make a call more or less than the last time, and no more than that"
    return [job["where"] for job in jobs]


async def calls_of(stores: Stores, write: str) -> int:
    """How many calls the write makes when nothing goes wrong."""
    where, faults = stores(), Faults()
    await prepare(where, write)
    async with opened(where, faults=faults) as it:
        faults.arm(0, "refused")
        await WRITES[write](it, NEW)
        return faults.calls
