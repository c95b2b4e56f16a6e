"""What /health says about jobs: queued, starved, running and lost are different things."""

from api.errors import NotReady
from api.services.jobs.jobs import QueueState
from api.services.jobs.stores import JobStore


class QueueHealth:
    """`workers`: whether jobs are run by other processes, which may be missing."""

    def __init__(self, jobs: JobStore, *, workers: bool) -> None:
        self.jobs = jobs
        self.workers = workers

    async def check(self) -> str:
        """One sentence. Raises `NotReady` if jobs wait and nobody runs them, and `StoreUnavailable`."""
        state = await self.jobs.state()
        if self.workers and state.workers == 0:
            raise NotReady(f"No worker is running, so jobs wait: start one with `mystack worker`. {_counts(state)}")
        return f"{_workers(state)}{_counts(state)}" if self.workers else _counts(state)


def _workers(state: QueueState) -> str:
    return f"{state.workers} worker{'s' if state.workers != 1 else ''}; "


def _counts(state: QueueState) -> str:
    waiting = f", the oldest for {state.oldest:.0f} s" if state.queued else ""
    return f"{state.queued} jobs queued{waiting}, {state.running} running, {state.failed} failed."
