"""What a process may take from the machine, set by the process itself before it touches a hostile document."""

import ctypes
import math
import os
import resource
import signal
import sys
from pathlib import Path

from api.services.parsing.parser import ParseLimits

NICENESS = 10
"""Requests that are answered meanwhile get nine times the processor time, where there is not enough."""
PR_SET_PDEATHSIG = 1
"""Linux's prctl(2)."""


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends, however that ends. Other systems have no such thing;
    there the closed pipe and the limit on processor time do it, a little later."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def limit_process(limits: ParseLimits) -> None:
    """Limits on processor time and memory; no files written, few opened, no core dumped. Others go first."""
    os.nice(NICENESS)
    _limit(resource.RLIMIT_CPU, math.ceil(limits.seconds) + 1)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, 64)
    _limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        memory = _address_space() + limits.memory_bytes
        _limit(resource.RLIMIT_AS, memory)


def _address_space() -> int:
    """Bytes of address space that the process has already, most of it libraries."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _limit(kind: int, most: int) -> None:
    """Never raises a limit that is lower already."""
    _, ceiling = resource.getrlimit(kind)
    most = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
    resource.setrlimit(kind, (most, most))
