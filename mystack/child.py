"""Child processes: started, observed and stopped."""

import contextlib
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

STOP_SECONDS = 15.0
POLL_SECONDS = 0.02


def stop_on_signals() -> None:
    """Handle SIGTERM and SIGHUP like Ctrl-C, so that all children are stopped."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


class Child:
    """A Python module, or a function in one (`module:function`), as a process that cannot outlive this one.

    It has a process group of its own, so that Ctrl-C does not reach it directly and children stop in a defined order.
    `python` is its interpreter, by default this one. `guarded` modules watch their parent themselves; all others run
    under `mystack.guard`.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        keep_open: Sequence[int] = (),
        output: IO[bytes] | None = None,
        guarded: bool = False,
        python: str | Path = sys.executable,
    ) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [python, "-m", *([] if guarded else ["mystack.guard"]), *arguments],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            pass_fds=keep_open,
            start_new_session=True,
        )
        self._status: int | None = None
        threading.Thread(target=self._reap, daemon=True).start()

    def _reap(self) -> None:
        """Wait for the end, in a thread of its own.

        A signal interrupts the main thread, and `Popen.wait` and `Popen.poll` can keep their lock when interrupted:
        then nobody could wait for the process any more. `Thread.join` has the same fault, so `wait` only looks.
        """
        self._status = self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; `None` while it runs."""
        return self._status

    def wait(self, seconds: float) -> int | None:
        """Wait at most `seconds` for the end; returns the status."""
        deadline = time.monotonic() + seconds
        while self.status is None and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return self.status

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Send SIGTERM, and SIGKILL to its group after `seconds`, or at once if interrupted."""
        try:
            if self.status is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGTERM)
                self.wait(seconds)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            self.wait(math.inf)
            if self._process.stdin:
                self._process.stdin.close()
