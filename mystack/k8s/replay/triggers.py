"""What an autoscaler looks at, and how many pods it wants for it: the formulas of the HPA controller."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

TOLERANCE = 0.1
"""A tenth off the target changes nothing."""


@dataclass(frozen=True)
class Seen:
    """What is measured at one moment. `used`: percent of its requested processors, for each pod that is measured yet;
    `pods`: all of them; `total`: requests in flight, over all pods."""

    pods: int
    used: Sequence[float]
    total: float


class Trigger(Protocol):
    @property
    def target(self) -> float: ...

    def wanted(self, seen: Seen) -> int:
        """The number of pods that meets the target."""
        ...


@dataclass(frozen=True)
class Processors:
    """Mean percent of the requested processors. Pods that are not measured yet count as idle when pods are added, so
    that pods on their way are not ordered twice; and not at all when pods are removed."""

    target: float

    def wanted(self, seen: Seen) -> int:
        if not seen.used:
            return seen.pods
        ratio = sum(seen.used) / len(seen.used) / self.target
        if len(seen.used) == seen.pods or ratio <= 1:
            return seen.pods if _close(ratio) else math.ceil(ratio * len(seen.used))
        ratio = sum(seen.used) / seen.pods / self.target
        return seen.pods if _close(ratio) or ratio < 1 else math.ceil(ratio * seen.pods)


@dataclass(frozen=True)
class Total:
    """A sum over all pods, of which each should have `target`: it knows the load however many pods are ready."""

    target: float

    def wanted(self, seen: Seen) -> int:
        if _close(seen.total / (self.target * seen.pods)):
            return seen.pods
        return math.ceil(round(seen.total / self.target, 9))


def _close(ratio: float) -> bool:
    return abs(ratio - 1) <= TOLERANCE + 1e-9
