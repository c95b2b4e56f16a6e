"""How many pods there are, who says so, and what they may take from others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mystack.k8s.manifests import Manifest, Pod, of_kind, pods, selects, title
from mystack.k8s.policies.pods import settings

RESERVED_CONNECTIONS = 20
"""For the superuser, replication, metrics, backups, and a person with psql."""


@dataclass(frozen=True)
class Scaled:
    """The numbers of an autoscaler. `triggers`: KEDA's triggers or the metrics of a HorizontalPodAutoscaler."""

    name: str
    target: str
    least: int
    most: int
    triggers: list[dict[str, Any]]


def autoscalers(manifests: Sequence[Manifest]) -> Iterator[Scaled]:
    for one in of_kind(manifests, "HorizontalPodAutoscaler"):
        spec = one["spec"]
        target = spec["scaleTargetRef"]["name"]
        yield Scaled(title(one), target, spec.get("minReplicas", 1), spec["maxReplicas"], spec.get("metrics", []))
    for one in of_kind(manifests, "ScaledObject"):
        spec = one["spec"]
        least, most = spec.get("minReplicaCount", 0), spec.get("maxReplicaCount", 100)
        yield Scaled(title(one), spec["scaleTargetRef"]["name"], least, most, spec["triggers"])


def one_autoscaler_for_each(manifests: Sequence[Manifest]) -> Iterator[str]:
    """KEDA makes an autoscaler itself: a second one pulls the same Deployment to and fro."""
    seen: dict[str, str] = {}
    for scaled in autoscalers(manifests):
        if scaled.target in seen:
            yield f"{scaled.name} and {seen[scaled.target]} both scale {scaled.target}"
        seen[scaled.target] = scaled.name


def autoscaled_pods_are_not_counted(manifests: Sequence[Manifest]) -> Iterator[str]:
    """`replicas` in a manifest would undo the autoscaler's number with every release."""
    deployments = {one["metadata"]["name"]: one for one in of_kind(manifests, "Deployment")}
    for scaled in autoscalers(manifests):
        if scaled.target not in deployments:
            yield f"{scaled.name} scales {scaled.target}, which is no Deployment here"
        elif "replicas" in deployments[scaled.target]["spec"]:
            yield f"Deployment {scaled.target} says `replicas`, and {scaled.name} scales it"


def bounds_make_sense(manifests: Sequence[Manifest]) -> Iterator[str]:
    for scaled in autoscalers(manifests):
        if not 1 <= scaled.least <= scaled.most:
            yield f"{scaled.name} scales between {scaled.least} and {scaled.most}"


def memory_scales_nothing(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Memory does not fall with the load: such a target keeps the maximum for ever."""
    for scaled in autoscalers(manifests):
        for trigger in scaled.triggers:
            if trigger.get("type") == "memory" or trigger.get("resource", {}).get("name") == "memory":
                yield f"{scaled.name} scales by memory"


def the_target_is_below_a_pods_limit(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Requests in flight a pod, at which pods are added: before they wait for a slot of the language model."""
    slots = float(settings(manifests).get("LLM_AT_ONCE", 64))
    for scaled in autoscalers(manifests):
        for trigger in scaled.triggers:
            threshold = float(trigger.get("metadata", {}).get("threshold", 0))
            if trigger.get("type") == "prometheus" and not 0 < threshold < slots:
                yield f"{scaled.name} adds pods at {threshold:g} requests in flight; a pod answers {slots:g}"


def limits_are_shared_by_all_pods(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Without Redis, each pod allows its share of a limit, which PODS says: all pods together allow no more."""
    shares = int(settings(manifests).get("PODS", 1))
    for scaled in autoscalers(manifests):
        for pod in _of(manifests, scaled.target):
            if pod.component == "api" and shares < scaled.most:
                yield f"PODS is {shares}, and {scaled.name} makes up to {scaled.most} pods"


def disruptions_leave_a_pod_to_move(manifests: Sequence[Manifest]) -> Iterator[str]:
    """With as many pods needed as there are, no node could ever be drained."""
    least = {scaled.target: scaled.least for scaled in autoscalers(manifests)}
    for budget in of_kind(manifests, "PodDisruptionBudget"):
        needed = budget["spec"].get("minAvailable", 0)
        for pod in pods(manifests):
            kind, _, name = pod.owner.partition(" ")
            there = least.get(name, _replicas(manifests, name))
            if kind == "Deployment" and selects(budget["spec"]["selector"], pod.labels) and needed >= there:
                yield f"{title(budget)} wants {needed} pods of {name} at all times, and there may be only {there}"


def several_pods_have_a_budget(manifests: Sequence[Manifest]) -> Iterator[str]:
    """What always has several pods says how many must stay when nodes are drained."""
    budgets = of_kind(manifests, "PodDisruptionBudget")
    for scaled in autoscalers(manifests):
        for pod in _of(manifests, scaled.target) if scaled.least > 1 else ():
            if not any(selects(budget["spec"]["selector"], pod.labels) for budget in budgets):
                yield f"{pod.owner} has at least {scaled.least} pods, and no PodDisruptionBudget"


def several_pods_are_spread(manifests: Sequence[Manifest]) -> Iterator[str]:
    """One machine that fails takes no more than its share."""
    for scaled in autoscalers(manifests):
        for pod in _of(manifests, scaled.target) if scaled.least > 1 else ():
            rules = pod.spec.get("topologySpreadConstraints", [])
            hosts = [rule for rule in rules if rule["topologyKey"] == "kubernetes.io/hostname"]
            if not any(selects(rule["labelSelector"], pod.labels) for rule in hosts):
                yield f"{pod.owner} is not spread over machines"


def releases_lose_no_pod(manifests: Sequence[Manifest]) -> Iterator[str]:
    for deployment in of_kind(manifests, "Deployment"):
        strategy = deployment["spec"].get("strategy", {})
        rolling = strategy.get("rollingUpdate", {})
        if strategy.get("type") != "Recreate" and rolling.get("maxUnavailable") != 0:
            yield f"{title(deployment)} may lose a pod during a release"


def the_database_has_enough_connections(manifests: Sequence[Manifest]) -> Iterator[str]:
    """All pods at once, with all the connections that each may open, and some for people."""
    most = {scaled.target: scaled.most for scaled in autoscalers(manifests)}
    needed = RESERVED_CONNECTIONS
    for pod in pods(manifests):
        if pod.component in ("api", "worker"):
            _, _, name = pod.owner.partition(" ")
            needed += most.get(name, _replicas(manifests, name)) * _connections(manifests, pod)
    for limit in _limits(manifests):
        if limit < needed:
            yield f"PostgreSQL allows {limit} connections, and {needed} may be needed"


def _connections(manifests: Sequence[Manifest], pod: Pod) -> int:
    own: dict[str, str] = {one["name"]: one.get("value", "") for one in pod.containers[0].get("env", [])}
    return int(own.get("DATABASE_CONNECTIONS") or settings(manifests).get("DATABASE_CONNECTIONS", "10"))


def _limits(manifests: Sequence[Manifest]) -> Iterator[int]:
    """`max_connections` of CloudNativePG's Cluster, and of a plain PostgreSQL."""
    for cluster in of_kind(manifests, "Cluster"):
        yield int(cluster["spec"]["postgresql"]["parameters"].get("max_connections", 100))
    for pod in pods(manifests):
        if pod.component == "postgres" and pod.spec:
            options = [part for part in pod.containers[0].get("args", []) if part.startswith("max_connections=")]
            yield int(options[-1].partition("=")[2]) if options else 100


def _of(manifests: Sequence[Manifest], name: str) -> list[Pod]:
    return [pod for pod in pods(manifests) if pod.owner == f"Deployment {name}"]


def _replicas(manifests: Sequence[Manifest], name: str) -> int:
    found = [
        one["spec"].get("replicas", 1) for one in of_kind(manifests, "Deployment") if one["metadata"]["name"] == name
    ]
    return int(found[0]) if found else 1
