"""How fast an autoscaler may change the number of pods: the `behavior` of autoscaling/v2.

The semantics are those of the controller of Kubernetes (pkg/controller/podautoscaler/horizontal.go).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Policy:
    """At most `value` pods, or percent of the pods, in `seconds`."""

    kind: Literal["Pods", "Percent"]
    value: float
    seconds: float


@dataclass(frozen=True)
class Rules:
    """Of one direction. `window`: seconds in which the most cautious advice counts."""

    window: float
    policies: tuple[Policy, ...]
    select: Literal["Max", "Min", "Disabled"] = "Max"


UP = Rules(0, (Policy("Percent", 100, 15), Policy("Pods", 4, 15)))
DOWN = Rules(300, (Policy("Percent", 100, 15),))


def parse_rules(given: dict[str, Any] | None, default: Rules) -> Rules:
    """One direction of `behavior`; what it does not say is Kubernetes' default."""
    given = given or {}
    policies = tuple(Policy(one["type"], one["value"], one["periodSeconds"]) for one in given.get("policies", []))
    window = given.get("stabilizationWindowSeconds", default.window)
    return Rules(window, policies or default.policies, given.get("selectPolicy", "Max"))


@dataclass
class Pace:
    """What was advised and done until now, and so what may be done next."""

    up: Rules = UP
    down: Rules = DOWN
    advised: list[tuple[float, int]] = field(default_factory=list)
    done: list[tuple[float, int]] = field(default_factory=list)
    """Times and changes of the number of pods."""

    def next(self, now: float, current: int, wanted: int) -> int:
        """The number of pods that is asked for now."""
        wanted = self._calm(now, current, wanted)
        if wanted > current:
            wanted = min(wanted, self._highest(now, current))
        elif wanted < current:
            wanted = max(wanted, self._lowest(now, current))
        if wanted != current:
            self.done.append((now, wanted - current))
        return wanted

    def _calm(self, now: float, current: int, wanted: int) -> int:
        self.advised.append((now, wanted))
        least = min(value for at, value in self.advised if at >= now - self.up.window)
        most = max(value for at, value in self.advised if at >= now - self.down.window)
        return min(max(current, least), most)

    def _highest(self, now: float, current: int) -> int:
        if self.up.select == "Disabled":
            return current
        limits = []
        for policy in self.up.policies:
            before = current - self._changed(now, policy.seconds)
            grown = before + policy.value if policy.kind == "Pods" else before * (1 + policy.value / 100)
            limits.append(math.ceil(grown))
        return max(current, _selected(self.up, limits, max, min))

    def _lowest(self, now: float, current: int) -> int:
        if self.down.select == "Disabled":
            return current
        limits = []
        for policy in self.down.policies:
            before = current - self._changed(now, policy.seconds)
            shrunk = before - policy.value if policy.kind == "Pods" else before * (1 - policy.value / 100)
            limits.append(math.floor(shrunk))
        return min(current, _selected(self.down, limits, min, max))

    def _changed(self, now: float, seconds: float) -> int:
        return sum(change for at, change in self.done if at > now - seconds)


def _selected(rules: Rules, limits: Sequence[int], most: Any, least: Any) -> int:
    """The limit of the policy that changes the most, or the least."""
    return int((least if rules.select == "Min" else most)(limits))
