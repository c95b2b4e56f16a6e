"""End background tasks.

A task can miss its cancellation: before Python 3.12 `asyncio.wait_for`, by which a pool of connections waits, returns
its result instead if both come in the same moment. A task that runs for ever would then never end, nor the service.
"""

import asyncio
from typing import Any

AGAIN_SECONDS = 3.0
"""Longer than a task needs that was cancelled and still cleans up."""


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel the tasks and wait until they have ended; those that go on are cancelled again."""
    while left := {task for task in tasks if not task.done()}:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=AGAIN_SECONDS)
