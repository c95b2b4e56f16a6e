"""The job that the running task works for, and its progress.

What reads a document does not know of jobs: it is wrapped where it is put together, and the wrappers find the job here.
"""

from contextvars import ContextVar
from dataclasses import dataclass

from api.services.jobs.jobs import Claim


@dataclass
class Work:
    """A job under way. Heartbeats store `stage` and `progress`."""

    claim: Claim
    stage: str = "starting"
    progress: float = 0.0

    def report(self, stage: str, progress: float) -> None:
        self.stage, self.progress = stage, max(self.progress, progress)


current_work: ContextVar[Work | None] = ContextVar("current_work", default=None)


def report(stage: str, progress: float) -> None:
    """Note the stage of the current job, if there is one."""
    if work := current_work.get():
        work.report(stage, progress)
