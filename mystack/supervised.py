"""Child processes that are started again when they end by themselves."""

import time
from collections.abc import Callable

from mystack.child import Child
from mystack.project import Refusal

FIRST_SECONDS, LONGEST_SECONDS = 1.0, 30.0
"""The wait before a process is started again; it doubles each time."""
STABLE_SECONDS = 60.0
"""A process that ran for so long is started again soon."""


class Supervised:
    """Like a `Child`, but it counts as running all the time; `tend` starts the process again."""

    status = None

    def __init__(self, start: Callable[[], Child]) -> None:
        self._start = start
        self._child = start()
        self._since = time.monotonic()
        self._wait = FIRST_SECONDS
        self._again: float | None = None

    @property
    def name(self) -> str:
        return self._child.name

    @property
    def pid(self) -> int:
        return self._child.pid

    def tend(self) -> str | None:
        """Look after the process; returns what there is to report."""
        if self._child.status is None:
            return None
        now = time.monotonic()
        if self._again is None:
            self._wait = FIRST_SECONDS if now - self._since > STABLE_SECONDS else self._wait
            self._again = now + self._wait
            self._wait = min(2 * self._wait, LONGEST_SECONDS)
            return f"{self.name} ended unexpectedly (status {self._child.status}); it is started again"
        if now >= self._again:
            self._again, self._since = None, now
            self._child.stop()  # what is left of its group
            try:
                self._child = self._start()
            except Refusal as refusal:
                return str(refusal)
        return None

    def stop(self) -> None:
        self._child.stop()
