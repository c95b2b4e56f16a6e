"""`python -m tests.chaos.worker [alone]`: a worker with a fault in it.

It ends, as by a fault in native code, when it comes to a document whose name begins with `poison`, and never finishes
one whose name begins with `slow`. It starts no worker `alone` by itself: the harness does, with the same faults.
"""

import asyncio
import os
import sys
from uuid import UUID

from api.entrypoints import worker
from api.services.jobs import handlers
from api.services.jobs.jobs import Claim

ingest = handlers.IngestHandler.__call__


async def faulty(self: handlers.IngestHandler, claim: Claim) -> UUID:
    if claim.upload.filename.startswith("poison"):
        os._exit(1)
    if claim.upload.filename.startswith("slow"):
        await asyncio.sleep(3600)
    return await ingest(self, claim)


if __name__ == "__main__":
    handlers.IngestHandler.__call__ = faulty  # type: ignore[method-assign]
    worker.IDLE_SECONDS = 3600.0
    worker._start_alone = lambda *more: None
    worker.main(alone=sys.argv[1:] == ["alone"])
