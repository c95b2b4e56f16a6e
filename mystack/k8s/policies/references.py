"""Names that must lead somewhere, and values that must not stand in a manifest."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from mystack.k8s.manifests import Manifest, Pod, of_kind, pods, selects, title

OWNER = ("DATABASE_OWNER_URL", "OWNER_PASSWORD")
CHANGES_TABLES = ("migrate", "indexes")
"""Components that need the role that owns the tables."""
CREDENTIALS = re.compile(r"://[^/\s:@]*:[^/\s@]+@|-----BEGIN")
SECRET_NAME = re.compile(r"(KEY|PASSWORD|TOKEN|SECRET)$|^(DATABASE|REDIS)(_\w+)?_URL$")
STREAMS = ("/chat", "/v1", "/mcp", "/jobs", "/documents")
"""Prefixes of the paths whose answers stream, or may take longer than a proxy waits."""


def services_select_pods(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Also the ports of the pods that their ports name."""
    for service in of_kind(manifests, "Service"):
        selected = [pod for pod in pods(manifests) if service["spec"]["selector"].items() <= pod.labels.items()]
        if not selected:
            yield f"{title(service)} selects no pod"
        for pod in selected:
            names = {port.get("name") for one in pod.containers for port in one.get("ports", [])}
            for port in service["spec"]["ports"]:
                if pod.spec and isinstance(port.get("targetPort"), str) and port["targetPort"] not in names:
                    yield f"{title(service)} leads to the port {port['targetPort']}, which {pod.owner} does not have"


def selectors_select_pods(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Of budgets, network policies and monitors: with a typing error they would protect or measure nothing."""
    for one in of_kind(manifests, "PodDisruptionBudget", "NetworkPolicy", "PodMonitor"):
        selector = one["spec"].get("selector", one["spec"].get("podSelector"))
        if not any(selects(selector, pod.labels) for pod in pods(manifests)):
            yield f"{title(one)} selects no pod"
    for monitor in of_kind(manifests, "ServiceMonitor"):
        labels = [service["metadata"].get("labels", {}) for service in of_kind(manifests, "Service")]
        if not any(selects(monitor["spec"]["selector"], each) for each in labels):
            yield f"{title(monitor)} selects no Service"


def referenced_objects_exist(manifests: Sequence[Manifest]) -> Iterator[str]:
    """ConfigMaps, claims and accounts. Secrets are made by other means, so they are not here."""
    there = {(one["kind"], one["metadata"]["name"]) for one in manifests}
    for pod in pods(manifests):
        for reference in _references(pod):
            if reference not in there:
                yield f"{pod.owner} names {reference[0]} {reference[1]}, which is not here"


def routes_lead_to_services(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Their Gateways and listeners exist, and the services of this namespace."""
    ports = {
        (one["metadata"]["name"], port["port"])
        for one in of_kind(manifests, "Service")
        for port in one["spec"]["ports"]
    }
    listeners = {
        (one["metadata"]["name"], listener["name"])
        for one in of_kind(manifests, "Gateway")
        for listener in one["spec"]["listeners"]
    }
    for route in of_kind(manifests, "HTTPRoute"):
        for parent in route["spec"]["parentRefs"]:
            if (parent["name"], parent.get("sectionName")) not in listeners:
                yield f"{title(route)} hangs on {parent['name']}, which has no listener {parent.get('sectionName')}"
        for backend in (backend for rule in route["spec"]["rules"] for backend in rule.get("backendRefs", [])):
            if "namespace" not in backend and (backend["name"], backend["port"]) not in ports:
                yield f"{title(route)} leads to {backend['name']}:{backend['port']}, which no Service has"


def streams_are_not_cut(manifests: Sequence[Manifest]) -> Iterator[str]:
    """The Gateway sets no deadline where answers stream, and one elsewhere."""
    for route in of_kind(manifests, "HTTPRoute"):
        if not any(_leads_to_api(rule) for rule in route["spec"]["rules"]):
            continue
        deadlines = {
            match["path"]["value"]: rule.get("timeouts", {}).get("request")
            for rule in route["spec"]["rules"]
            if _leads_to_api(rule)
            for match in rule["matches"]
        }
        for path in STREAMS:
            if deadlines.get(path) != "0s":
                yield f"{title(route)} cuts what {path} streams"
        if deadlines.get("/") in (None, "0s"):
            yield f"{title(route)} has no deadline for requests that do not stream"


def secrets_are_referred_to(manifests: Sequence[Manifest]) -> Iterator[str]:
    """No Secret, and no value of one, stands in a manifest."""
    for secret in of_kind(manifests, "Secret"):
        yield f"{title(secret)} stands among the manifests: refer to it by name"
    for pod in pods(manifests):
        for variable in (variable for one in pod.containers for variable in one.get("env", [])):
            value = variable.get("value", "")
            if value and (SECRET_NAME.search(variable["name"]) or CREDENTIALS.search(value)):
                yield f"{pod.owner} has the value of {variable['name']} in its manifest"
    for one in of_kind(manifests, "ConfigMap"):
        for name, value in one.get("data", {}).items():
            if SECRET_NAME.search(name) or CREDENTIALS.search(value):
                yield f"{title(one)} has the value of {name}"


def only_who_changes_tables_is_the_owner(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Row-level security binds `app`. Whoever has the owner's password can switch it off."""
    for pod in pods(manifests):
        names = {variable["name"] for one in pod.containers for variable in one.get("env", [])}
        if names & {*OWNER} and pod.component not in (*CHANGES_TABLES, "postgres"):
            yield f"{pod.owner} has the credentials of the role `owner`"
        if pod.component in CHANGES_TABLES and OWNER[0] not in names:
            yield f"{pod.owner} has no {OWNER[0]}"


def _references(pod: Pod) -> Iterator[tuple[str, str]]:
    if account := pod.spec.get("serviceAccountName"):
        yield "ServiceAccount", account
    for volume in pod.spec.get("volumes", []):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
        if "persistentVolumeClaim" in volume:
            yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
    for container in pod.containers:
        sources = [source for source in container.get("envFrom", []) if "configMapRef" in source]
        yield from (("ConfigMap", source["configMapRef"]["name"]) for source in sources)
        for variable in container.get("env", []):
            if reference := variable.get("valueFrom", {}).get("configMapKeyRef"):
                yield "ConfigMap", reference["name"]


def _leads_to_api(rule: dict[str, Any]) -> bool:
    return any(backend["name"] == "mystack-api" for backend in rule.get("backendRefs", []))
