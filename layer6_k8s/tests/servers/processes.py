"""The processes below another one, as Linux's /proc tells them, and the memory that they have."""

from pathlib import Path


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, without those that have ended."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, rest = status.read_text().split(" (", 1)
        except OSError:
            continue  # it has just ended
        state, parent = rest.rpartition(")")[2].split()[:2]
        if state != "Z":
            children.setdefault(int(parent), []).append(int(number))
    found, queue = list[int](), [pid]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def megabytes(pid: int) -> float:
    """The memory of a process and of all below it; what they share counts once."""
    return sum(map(_share, [pid, *descendants(pid)])) / 1024


def _share(pid: int) -> int:
    """kB of a process; pages that n processes have count 1/n."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0  # it has just ended
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
