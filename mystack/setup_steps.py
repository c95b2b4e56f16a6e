"""Progress of the set-up: one line per step. Standard library only, as for all of the set-up."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

COLLECTING = re.compile(r"^\s*Collecting ([\w.-]+)", re.MULTILINE)
INSTALLING = re.compile(r"^Installing collected packages: (.+)$", re.MULTILINE)
ERASE_LINE = "\r\033[K"


class Steps:
    """Numbered steps. A terminal shows each on one line that is updated in place; elsewhere a line is printed once."""

    def __init__(self, total: int, out: TextIO | None = None) -> None:
        self._total = total
        self._number = 0
        self._out = out or sys.stdout
        self._terminal = self._out.isatty()
        self._what = self._usually = ""
        self._shown = ""
        self._begun = self._step_begun = time.monotonic()

    def begin(self, what: str, usually: str) -> None:
        """End the step before, and begin the next one; `usually` is how long it takes on an ordinary machine."""
        self._end()
        self._number += 1
        self._what, self._usually, self._step_begun = what, usually, time.monotonic()
        self._show(f"{self._title} (usually {usually})")

    def update(self, progress: str) -> None:
        """Show how far the step is; a terminal only."""
        if self._terminal:
            self._show(f"{self._title} … {progress} (usually {self._usually})")

    def finish(self) -> None:
        """End the last step, and print the total time."""
        self._end()
        self._what = ""
        self._out.write(f"mystack: set up in {time.monotonic() - self._begun:.0f} s\n")
        self._out.flush()

    def interrupt(self) -> None:
        """Leave the line as it is; what is written next begins a new one."""
        if self._terminal and self._what:
            self._out.write("\n")
            self._out.flush()

    @property
    def _title(self) -> str:
        return f"mystack: {self._number} of {self._total}: {self._what}"

    def _end(self) -> None:
        if self._terminal and self._what:
            self._show(f"{self._title}, done in {time.monotonic() - self._step_begun:.0f} s")
            self._out.write("\n")
            self._shown = ""

    def _show(self, line: str) -> None:
        if line == self._shown:
            return
        self._shown = line
        width = shutil.get_terminal_size().columns - 1
        self._out.write(f"{ERASE_LINE}{line[:width]}" if self._terminal else f"{line}\n")
        self._out.flush()


class PipSteps:
    """Turns the output of `pip install` into two steps: downloading, and installing a known number of packages.

    `installed` counts the packages installed so far; `download` and `install` are the usual times.
    """

    def __init__(self, steps: Steps, installed: Callable[[], int], download: str, install: str) -> None:
        self._steps = steps
        self._installed = installed
        self._install = install
        self._packages = 0
        steps.begin("downloading packages", download)

    def __call__(self, output: str) -> None:
        """Show the progress; `output` is everything that pip has printed so far."""
        if not self._packages and (found := INSTALLING.search(output)):
            self._packages = found[1].count(",") + 1
            noun = "package" if self._packages == 1 else "packages"
            self._steps.begin(f"installing {self._packages} {noun}", self._install)
        if self._packages:
            self._steps.update(f"{min(self._installed(), self._packages)}/{self._packages}")
        elif collected := COLLECTING.findall(output):
            self._steps.update(f"{len(collected)}, {collected[-1]}")
