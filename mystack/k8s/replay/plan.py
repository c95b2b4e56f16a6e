"""The numbers of a rendered HorizontalPodAutoscaler or ScaledObject."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mystack.k8s.manifests import Manifest, of_kind
from mystack.k8s.replay.rules import DOWN, UP, Rules, parse_rules
from mystack.k8s.replay.triggers import Processors, Total, Trigger
from mystack.project import Refusal


@dataclass(frozen=True)
class Plan:
    """How one Deployment is scaled."""

    least: int
    most: int
    triggers: tuple[Trigger, ...]
    up: Rules = UP
    down: Rules = DOWN

    def by(self, kind: type[Any]) -> "Plan | None":
        """The same with the triggers of one kind, if there are any."""
        triggers = tuple(trigger for trigger in self.triggers if isinstance(trigger, kind))
        return replace(self, triggers=triggers) if triggers else None

    def target(self, kind: type[Any]) -> float | None:
        """The target of the first trigger of a kind."""
        return next((float(trigger.target) for trigger in self.triggers if isinstance(trigger, kind)), None)


def plan(manifests: Sequence[Manifest], deployment: str) -> Plan:
    """How the manifests scale a Deployment. Refuses if they do not."""
    for one in of_kind(manifests, "HorizontalPodAutoscaler", "ScaledObject"):
        if one["spec"]["scaleTargetRef"]["name"] == deployment:
            return _hpa(one["spec"]) if one["kind"] == "HorizontalPodAutoscaler" else _keda(one["spec"])
    raise Refusal(f"nothing scales {deployment} in these manifests")


def _hpa(spec: dict[str, Any]) -> Plan:
    metrics = [one["resource"] for one in spec["metrics"] if one["type"] == "Resource"]
    triggers = [Processors(one["target"]["averageUtilization"]) for one in metrics if one["name"] == "cpu"]
    return _plan(spec.get("minReplicas", 1), spec["maxReplicas"], triggers, spec.get("behavior"))


def _keda(spec: dict[str, Any]) -> Plan:
    triggers: list[Trigger] = []
    for one in spec["triggers"]:
        data = one["metadata"]
        if one["type"] == "cpu":
            triggers.append(Processors(float(data["value"])))
        elif one["type"] == "prometheus":
            triggers.append(Total(float(data["threshold"])))
        elif one["type"] == "postgresql":
            triggers.append(Total(float(data["targetQueryValue"])))
    made = spec.get("advanced", {}).get("horizontalPodAutoscalerConfig", {})
    return _plan(spec.get("minReplicaCount", 0), spec.get("maxReplicaCount", 100), triggers, made.get("behavior"))


def _plan(least: int, most: int, triggers: Sequence[Trigger], behaviour: dict[str, Any] | None) -> Plan:
    given = behaviour or {}
    up, down = parse_rules(given.get("scaleUp"), UP), parse_rules(given.get("scaleDown"), DOWN)
    return Plan(least, most, tuple(triggers), up, down)
