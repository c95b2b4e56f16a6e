"""Who may talk to whom: by the NetworkPolicies, evaluated over the pods of the render."""

from collections.abc import Iterator, Sequence
from typing import Any

from mystack.k8s.manifests import Manifest, Pod, of_kind, pods, selects, title

CONNECTIONS = (
    ("api", "postgres", 5432),
    ("worker", "postgres", 5432),
    ("migrate", "postgres", 5432),
    ("indexes", "postgres", 5432),
    ("backup", "postgres", 5432),
    ("api", "redis", 6379),
    ("worker", "redis", 6379),
    ("api", "models", 8000),
    ("worker", "models", 8000),
    ("api", "mlflow", 5000),
)
"""What the settings lead to: DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, EMBEDDING_URL, MLFLOW_URL."""
OUTSIDE = {"Gateway": "envoy-gateway-system", "ServiceMonitor": "monitoring"}
"""Kinds whose programs run in another namespace and call the API."""
PRIVATE = {"10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"}


def nothing_is_allowed_by_default(manifests: Sequence[Manifest]) -> Iterator[str]:
    for policy in of_kind(manifests, "NetworkPolicy"):
        spec = policy["spec"]
        both = set(spec.get("policyTypes", [])) == {"Ingress", "Egress"}
        if spec["podSelector"] == {} and both and not spec.get("ingress") and not spec.get("egress"):
            return
    yield "no NetworkPolicy denies everything, in both directions"


def every_pod_resolves_names(manifests: Sequence[Manifest]) -> Iterator[str]:
    for pod in pods(manifests):
        if pod.component != "models" and not _leaves(manifests, pod, 53):
            yield f"{pod.owner} cannot ask the DNS"


def connections_of_the_settings_are_allowed(manifests: Sequence[Manifest]) -> Iterator[str]:
    """From the one, and by the other."""
    found = list(pods(manifests))
    for source, target, port in CONNECTIONS:
        for one in (pod for pod in found if pod.component == source):
            for other in (pod for pod in found if pod.component == target):
                if not _allowed(manifests, "egress", one, other, port):
                    yield f"{one.owner} may not connect to {other.owner} at {port}"
                if not _allowed(manifests, "ingress", other, one, port):
                    yield f"{other.owner} lets {one.owner} not connect at {port}"


def callers_from_outside_reach_the_api(manifests: Sequence[Manifest]) -> Iterator[str]:
    """The proxies of a Gateway, and Prometheus."""
    for kind, namespace in OUTSIDE.items():
        for pod in pods(manifests):
            wanted = of_kind(manifests, kind) and pod.component == "api"
            if wanted and not _from_namespace(manifests, pod, namespace, 8000):
                yield f"{pod.owner} lets nobody of the namespace {namespace} in, and a {kind} needs it"


def stores_are_closed_to_other_namespaces(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Only operators, by name."""
    for policy in _policies(manifests, "ingress"):
        for peer in (peer for rule in policy["spec"].get("ingress", []) for peer in rule.get("from", [{}])):
            everybody = not peer or peer.get("namespaceSelector") == {} or "ipBlock" in peer
            if everybody:
                yield f"{title(policy)} lets everybody in"


def the_internet_is_not_the_cluster(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Pages are fetched from addresses that people give: never from inside, or from a cloud's metadata."""
    for policy in _policies(manifests, "egress"):
        for peer in (peer for rule in policy["spec"].get("egress", []) for peer in rule.get("to", [])):
            block = peer.get("ipBlock", {})
            if block.get("cidr") == "0.0.0.0/0" and not set(block.get("except", [])) >= PRIVATE:
                yield f"{title(policy)} reaches private addresses"


def _policies(manifests: Sequence[Manifest], direction: str) -> list[Manifest]:
    return [one for one in of_kind(manifests, "NetworkPolicy") if direction in one["spec"]]


def _rules(manifests: Sequence[Manifest], direction: str, pod: Pod) -> Iterator[dict[str, Any]]:
    for policy in _policies(manifests, direction):
        if selects(policy["spec"]["podSelector"], pod.labels):
            yield from policy["spec"][direction]


def _has_port(rule: dict[str, Any], port: int) -> bool:
    return not rule.get("ports") or any(one.get("port") == port for one in rule["ports"])


def _allowed(manifests: Sequence[Manifest], direction: str, pod: Pod, other: Pod, port: int) -> bool:
    key = "to" if direction == "egress" else "from"
    for rule in _rules(manifests, direction, pod):
        for peer in rule.get(key, []) if _has_port(rule, port) else ():
            same = "namespaceSelector" not in peer and "ipBlock" not in peer
            if same and selects(peer.get("podSelector", {}), other.labels):
                return True
    return False


def _from_namespace(manifests: Sequence[Manifest], pod: Pod, namespace: str, port: int) -> bool:
    name = {"kubernetes.io/metadata.name": namespace}
    return any(
        "namespaceSelector" in peer and selects(peer["namespaceSelector"], name)
        for rule in _rules(manifests, "ingress", pod)
        if _has_port(rule, port)
        for peer in rule.get("from", [])
    )


def _leaves(manifests: Sequence[Manifest], pod: Pod, port: int) -> bool:
    return any(_has_port(rule, port) and rule.get("ports") for rule in _rules(manifests, "egress", pod))
