"""Limits that a process sets for itself before it reads a hostile document."""

import ctypes
import math
import os
import resource
import signal
import sys
from pathlib import Path

from api.services.parsing.parser import ParseLimits

NICENESS = 10
"""On a busy machine the service gets nine times the processor time of a parsing process."""
PR_SET_PDEATHSIG = 1
"""Linux's prctl(2)."""


def die_with_parent() -> None:
    """Have Linux kill this process when the thread that forked it ends.

    For children of the single-threaded worker only: a thread of the service may end long before the service does.
    On other systems the limit on processor time ends the process, a little later.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def limit_process(limits: ParseLimits) -> None:
    """Limit processor time and memory, forbid writing files and core dumps, and lower the priority."""
    os.nice(NICENESS)
    _limit(resource.RLIMIT_CPU, math.ceil(limits.seconds) + 1)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, 64)
    _limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        memory = _address_space() + limits.memory_bytes
        _limit(resource.RLIMIT_AS, memory)


def _address_space() -> int:
    """Bytes of address space in use, mostly by libraries."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _limit(kind: int, value: int) -> None:
    """Set a limit, unless a lower one is set already."""
    _, ceiling = resource.getrlimit(kind)
    value = value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)
    resource.setrlimit(kind, (value, value))
