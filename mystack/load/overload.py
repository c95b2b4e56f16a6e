"""Three times as much as the layer can do: what it refuses, how fast, and what the others notice."""

import time
from collections.abc import Callable, Iterator, Sequence

from mystack.load.calls import Call, Result, call
from mystack.load.footprint import footprint
from mystack.metrics import Metric, Target
from mystack.server import Server

FACTOR = 3
SECONDS = 60.0
CALM_SECONDS = 5.0
CALLS = 600
USERS = (4, 8)
OK = 200
REFUSED = (429, 503)
MEMORY = 50.0

Calls = Callable[[int], Sequence[Call]]
"""So many calls, none of which was made before."""


def measure(server: Server, calls: Calls, say: Callable[[str], None], seconds: float = SECONDS) -> Iterator[Metric]:
    """All metrics of the overload."""
    say("one user at a time")
    call(server.url, calls(CALLS // 2), users=2)  # warms up
    unloaded = call(server.url, calls(CALLS), users=1)
    say("what it can do")
    capacity = max(answered_per_second(server, calls(CALLS), users) for users in USERS)
    before = footprint(server)
    say(f"{FACTOR} times {capacity:.0f} calls a second, for {seconds:.0f} s")
    results = call(server.url, calls(int(FACTOR * capacity * seconds)), rate=FACTOR * capacity)
    during = footprint(server)
    time.sleep(CALM_SECONDS)
    say("one user at a time again")
    again = call(server.url, calls(CALLS), users=1)
    after = footprint(server)
    yield Metric("capacity, calls/s", [capacity], digits=0)
    yield from refusals(results)
    yield from acceptances(results, unloaded, again)
    yield Metric("memory more than before", [during.memory - before.memory], Target("≤", MEMORY), "MB", 1)
    yield Metric("5 s later: refused or failed", [sum(it.status != OK for it in again)], Target("≤", 0), digits=0)
    yield from slower("5 s later: p95, against before,", again, unloaded, Target("<", 1.5))
    yield Metric("5 s later: memory more", [after.memory - before.memory], Target("≤", MEMORY), "MB", 1)
    yield Metric("5 s later: database connections", [after.database], Target("≤", 10), digits=0)


def answered_per_second(server: Server, calls: Sequence[Call], users: int) -> float:
    """Answers a second with so many users, each of whom asks again as soon as the answer is there."""
    results = call(server.url, calls, users=users)
    spent = sum(it.seconds for it in results) / users
    return sum(it.status == OK for it in results) / spent


def refusals(results: Sequence[Result]) -> Iterator[Metric]:
    """How much was refused, how fast, and whether properly."""
    refused = [it for it in results if it.status in REFUSED]
    times = [it.seconds * 1000 for it in refused]
    others = sum(it.status not in (OK, *REFUSED) for it in results)
    yield Metric("refused", [len(refused) / len(results)], digits=2)
    yield Metric("refused after, p99", [quantile(times, 0.99)], Target("≤", 100), "ms", 1)
    yield Metric("refused after, slowest", [max(times, default=0.0)], unit="ms", digits=1)
    yield Metric("refused without Retry-After", [sum(not it.retry_after for it in refused)], Target("≤", 0), digits=0)
    yield Metric("neither answered nor refused", [others], Target("≤", 0), digits=0)


def acceptances(results: Sequence[Result], *unloaded: Sequence[Result]) -> Iterator[Metric]:
    """What those notice that were let in, against one user alone, before or after: whichever was quicker."""
    alone = [by_path(it) for it in unloaded]
    crowd = by_path([it for it in results if it.status == OK])
    for path, times in crowd.items():
        quickest = min(quantile(it[path], 0.95) for it in alone)
        p95 = quantile(times, 0.95)
        yield Metric(f"{path} alone, p95", [quickest], unit="ms", digits=1)
        yield Metric(f"{path} in the crowd, p95", [p95], unit="ms", digits=1)
        yield Metric(f"{path} in the crowd, against alone", [p95 / quickest], Target("<", 2.0), digits=2)


def slower(what: str, results: Sequence[Result], unloaded: Sequence[Result], target: Target) -> Iterator[Metric]:
    """The ratio of the two 95th percentiles, for each path."""
    alone = by_path(unloaded)
    for path, times in by_path([it for it in results if it.status == OK]).items():
        yield Metric(f"{what} {path}", [quantile(times, 0.95) / quantile(alone[path], 0.95)], target, digits=2)


def by_path(results: Sequence[Result]) -> dict[str, list[float]]:
    """The times of each path, in milliseconds."""
    times: dict[str, list[float]] = {}
    for it in results:
        times.setdefault(it.path, []).append(it.seconds * 1000)
    return dict(sorted(times.items()))


def quantile(values: Sequence[float], share: float) -> float:
    """The value that so many of them do not exceed; 0 of none."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0.0
