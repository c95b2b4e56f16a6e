"""Three times a layer's capacity: the rejected requests, how fast they are rejected, and the latency of the others."""

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
"""A number of new calls, none of which was made before."""


def measure(
    server: Server, calls: Calls, on_progress: Callable[[str], None], seconds: float = SECONDS
) -> Iterator[Metric]:
    """All metrics of the overload."""
    on_progress("one user at a time")
    call(server.url, calls(CALLS // 2), users=2)  # warm-up
    unloaded = call(server.url, calls(CALLS), users=1)
    on_progress("the capacity")
    capacity = max(answered_per_second(server, calls(CALLS), users) for users in USERS)
    before = footprint(server)
    on_progress(f"{FACTOR} times {capacity:.0f} calls per second, for {seconds:.0f} s")
    results = call(server.url, calls(int(FACTOR * capacity * seconds)), rate=FACTOR * capacity)
    during = footprint(server)
    time.sleep(CALM_SECONDS)
    on_progress("one user at a time again")
    again = call(server.url, calls(CALLS), users=1)
    after = footprint(server)
    yield Metric("capacity, calls/s", [capacity], digits=0)
    yield from refusals(results)
    yield from acceptances(results, unloaded, again)
    yield Metric("additional memory", [during.memory - before.memory], Target("≤", MEMORY), "MB", 1)
    yield Metric(
        "5 s later: rejected or failed", [sum(result.status != OK for result in again)], Target("≤", 0), digits=0
    )
    yield from slower("5 s later: p95 against before,", again, unloaded, Target("<", 1.5))
    yield Metric("5 s later: additional memory", [after.memory - before.memory], Target("≤", MEMORY), "MB", 1)
    yield Metric("5 s later: database connections", [after.database], Target("≤", 10), digits=0)


def answered_per_second(server: Server, calls: Sequence[Call], users: int) -> float:
    """Answers per second with `users` concurrent users, each sending one call after another."""
    results = call(server.url, calls, users=users)
    spent = sum(result.seconds for result in results) / users
    return sum(result.status == OK for result in results) / spent


def refusals(results: Sequence[Result]) -> Iterator[Metric]:
    """The rejected calls: their share, latency, and Retry-After header."""
    refused = [result for result in results if result.status in REFUSED]
    times = [result.seconds * 1000 for result in refused]
    others = sum(result.status not in (OK, *REFUSED) for result in results)
    yield Metric("rejected, share", [len(refused) / len(results)], digits=2)
    yield Metric("rejected after, p99", [quantile(times, 0.99)], Target("≤", 100), "ms", 1)
    yield Metric("rejected after, slowest", [max(times, default=0.0)], unit="ms", digits=1)
    yield Metric(
        "rejected without Retry-After", [sum(not result.retry_after for result in refused)], Target("≤", 0), digits=0
    )
    yield Metric("neither answered nor rejected", [others], Target("≤", 0), digits=0)


def acceptances(results: Sequence[Result], *unloaded: Sequence[Result]) -> Iterator[Metric]:
    """Latency of the accepted calls, relative to one user alone before or after, whichever was faster."""
    alone = [by_path(results) for results in unloaded]
    loaded = by_path([result for result in results if result.status == OK])
    for path, times in loaded.items():
        fastest = min(quantile(times_alone[path], 0.95) for times_alone in alone)
        p95 = quantile(times, 0.95)
        yield Metric(f"{path} alone, p95", [fastest], unit="ms", digits=1)
        yield Metric(f"{path} under overload, p95", [p95], unit="ms", digits=1)
        yield Metric(f"{path} under overload, against alone", [p95 / fastest], Target("<", 2.0), digits=2)


def slower(what: str, results: Sequence[Result], unloaded: Sequence[Result], target: Target) -> Iterator[Metric]:
    """The ratio of the two 95th percentiles, per path."""
    alone = by_path(unloaded)
    for path, times in by_path([result for result in results if result.status == OK]).items():
        yield Metric(f"{what} {path}", [quantile(times, 0.95) / quantile(alone[path], 0.95)], target, digits=2)


def by_path(results: Sequence[Result]) -> dict[str, list[float]]:
    """Latencies in milliseconds, by path."""
    times: dict[str, list[float]] = {}
    for result in results:
        times.setdefault(result.path, []).append(result.seconds * 1000)
    return dict(sorted(times.items()))


def quantile(values: Sequence[float], share: float) -> float:
    """The quantile of the values; 0 without values."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0.0
