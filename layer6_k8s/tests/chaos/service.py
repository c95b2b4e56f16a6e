"""`python -m tests.chaos.service PORT`: the service, with a Redis that delivers each message three times."""

import sys
from collections.abc import Sequence

import uvicorn

from api.adapters.celery.app import CeleryBell
from api.services.jobs.jobs import Due

TIMES = 3
ring = CeleryBell.ring


async def several_times(self: CeleryBell, due: Sequence[Due]) -> None:
    for _ in range(TIMES):
        await ring(self, due)


if __name__ == "__main__":
    CeleryBell.ring = several_times  # type: ignore[method-assign]
    uvicorn.run("api.main:create_app", factory=True, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
