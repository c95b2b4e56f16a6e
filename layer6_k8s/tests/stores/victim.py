"""Runs writes in children that get killed. Reads one job per line, prints the exit status of its child."""

import asyncio
import json
import os
import sys
from typing import Any

import tests.needs  # noqa: F401 - it prepares every process of the tests
from tests.stores.drafts import draft
from tests.stores.faults import Faults
from tests.stores.opened import Opened, opened
from tests.stores.writes import NEW, WRITES


async def do(job: dict[str, Any]) -> None:
    faults = Faults()
    async with opened(job["where"], faults=faults) as harness:
        if job["write"] == "endless":
            await endless(harness)
        faults.arm(job["number"], "dies")
        await WRITES[job["write"]](harness, NEW)


async def endless(harness: Opened) -> None:
    number = 0
    while True:
        number += 1
        text = "\n".join(f"line {line} of version {number}" for line in range(40))
        first = await harness.store.publish(draft(text), None)
        second = await harness.store.publish(draft(text + " and more"), first.id)
        print(number, flush=True)  # noqa: T201
        if number % 2:
            await harness.store.remove(second.id)


def in_child(job: dict[str, Any]) -> int:
    """The exit status of a child that runs the job; negative for a signal."""
    child = os.fork()
    if child == 0:
        asyncio.run(do(job))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def main() -> None:
    for line in sys.stdin:
        job = json.loads(line)
        if job["write"] == "endless":
            asyncio.run(do(job))
        print(in_child(job), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
