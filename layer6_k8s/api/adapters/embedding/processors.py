"""How many processors this process may use."""

import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Of a container (cgroup v2): microseconds of processor time in each period, or `max`, and the period."""


def processors(quota: Path = QUOTA) -> int:
    """Those of the machine that the process may run on, or the container's quota if that is less; at least one.

    `os.cpu_count` knows neither: a container with a quota of one processor would run a thread for each of the machine.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        time, period = quota.read_text().split()
        return allowed if time == "max" else max(1, min(allowed, round(int(time) / int(period))))
    except (OSError, ValueError):
        return allowed
