"""A Deployment under a load, second by second: what its pods serve, and what its autoscaler does about it.

A pod that was ordered is ready `start` seconds later, and measured a window of the metrics-server later still: this is
what the real controller was seen to do (tests/k8s/test_replay.py has its trace). What is beyond the capacity of the
ready pods is shed: the service answers 503.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from mystack.k8s.replay.plan import Plan
from mystack.k8s.replay.rules import Pace
from mystack.k8s.replay.triggers import Seen

SYNC_SECONDS = 15
"""Between two decisions of the controller; the first is at FIRST_SYNC."""
FIRST_SYNC = 5
WINDOW_SECONDS = 15
"""Over which the metrics-server takes the mean."""
SCRAPE_SECONDS = 5
"""Age of what Prometheus knows."""

Load = Callable[[int], float]
"""Requests per second that arrive in a second."""


@dataclass(frozen=True)
class Pods:
    """What one pod does. `rate`: requests per second at all of its processors; `each`: seconds of a request."""

    rate: float
    each: float
    start: int = 20


@dataclass
class Run:
    """What happened. `ordered`: the seconds in which the number of pods changed, with the new number."""

    ordered: list[tuple[int, int]] = field(default_factory=list)
    ready: list[int] = field(default_factory=list)
    """Ready pods, second by second."""
    arrived: float = 0
    shed: float = 0

    def ready_at(self, pods: int, since: int = 0) -> int | None:
        """The first second from `since` on in which so many pods were ready."""
        return next((second for second in range(since, len(self.ready)) if self.ready[second] >= pods), None)


def replay(plan: Plan, load: Load, pods: Pods, seconds: int) -> Run:
    """Let the plan's autoscaler follow a load; it begins with the fewest pods, all ready."""
    run, pace = Run(), Pace(plan.up, plan.down)
    ready_from = [-WINDOW_SECONDS] * plan.least
    used: list[float] = []
    for now in range(seconds):
        if now % SYNC_SECONDS == FIRST_SYNC:
            seen = _seen(now, ready_from, used, load(max(0, now - SCRAPE_SECONDS)) * pods.each)
            number = _decided(plan, pace, now, seen)
            if number != len(ready_from):
                run.ordered.append((now, number))
            ready_from = sorted(ready_from)[:number] + [now + pods.start] * (number - len(ready_from))
        ready = sum(at <= now for at in ready_from)
        capacity, rate = ready * pods.rate, load(now)
        used.append(100 * min(1.0, rate / capacity) if capacity else 0.0)
        run.ready.append(ready)
        run.arrived += rate
        run.shed += max(0.0, rate - capacity)
    return run


def _seen(now: int, ready_from: list[int], used: list[float], total: float) -> Seen:
    measured = sum(at + WINDOW_SECONDS <= now for at in ready_from)
    recent = used[-WINDOW_SECONDS:]
    mean = sum(recent) / len(recent) if recent else 0.0
    return Seen(len(ready_from), [mean] * measured, total)


def _decided(plan: Plan, pace: Pace, now: int, seen: Seen) -> int:
    """The highest advice of all triggers, within the bounds and the rules."""
    wanted = max(trigger.wanted(seen) for trigger in plan.triggers)
    return pace.next(now, seen.pods, min(max(wanted, plan.least), plan.most))
