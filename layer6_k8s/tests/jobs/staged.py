"""`python -m tests.jobs.staged FOLDER [alone]`: a worker that meets its fate when a job comes to a stage.

The name of a document says where: `killed-STAGE.txt` ends the process, the first time; `cancelled-STAGE.txt` and
`late-STAGE.txt` make it wait there until the file `go` is in FOLDER, with its event loop, so that it hears of nothing.
"""

import os
import sys
import time
from pathlib import Path

from api.entrypoints import worker
from api.services.jobs import handlers, resuming
from api.services.jobs.current import current_work, report

FOLDER = Path(sys.argv[1])


def fateful(stage: str, progress: float) -> None:
    report(stage, progress)
    work = current_work.get()
    fate, _, where = work.claim.upload.filename.removesuffix(".txt").partition("-") if work else ("", "", "")
    if where != stage:
        return
    reached = FOLDER / f"{fate}-{stage}"
    if fate == "killed" and not reached.exists():
        reached.touch()
        os._exit(1)
    if fate in ("cancelled", "late"):
        reached.touch()
        while not (FOLDER / "go").exists():
            time.sleep(0.05)


if __name__ == "__main__":
    for module in (handlers, resuming):
        vars(module)["report"] = fateful
    worker.IDLE_SECONDS = 3600.0
    worker._start_alone = lambda *more: None
    worker.main(alone=sys.argv[2:] == ["alone"])
