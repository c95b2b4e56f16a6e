"""What every pod must say of itself."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from mystack.k8s.manifests import Manifest, Pod, of_kind, pods, title

PATIENT_SECONDS = 60
SCAN_BYTES = 3.5 * 2**30
"""2 GiB of a worker without OCR, and the 1.5 GB that a page takes, which docs/decisions/0052-ocr.md measured."""
BYTES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
TRUE = ("true", "1", "on", "yes", "y", "t")
"""What pydantic reads as true."""
VERSION = re.compile(r"@sha256:[0-9a-f]{64}$|:(?!latest$)[\w.-]*\d[\w.-]*$")


def namespaces_are_restricted(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Kubernetes itself refuses a pod that is less confined than ours."""
    for namespace in of_kind(manifests, "Namespace"):
        labels = namespace["metadata"].get("labels", {})
        if labels.get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{title(namespace)} does not enforce the Pod Security Standard `restricted`"


def pods_are_confined(manifests: Sequence[Manifest]) -> Iterator[str]:
    """No root, no system calls beyond the runtime's default."""
    for pod in _described(manifests):
        security = pod.spec.get("securityContext", {})
        if security.get("runAsNonRoot") is not True or security.get("runAsUser", 1) == 0:
            yield f"{pod.owner} may run as root"
        if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{pod.owner} has no seccomp profile"


def containers_are_confined(manifests: Sequence[Manifest]) -> Iterator[str]:
    """No capabilities, no way to gain any, and nothing to write to but volumes."""
    for name, container in _containers(manifests):
        security = container.get("securityContext", {})
        if security.get("readOnlyRootFilesystem") is not True:
            yield f"{name} can write to its image's files"
        if security.get("allowPrivilegeEscalation") is not False:
            yield f"{name} may gain privileges"
        if security.get("capabilities", {}).get("drop") != ["ALL"] or security["capabilities"].get("add"):
            yield f"{name} keeps capabilities"


def pods_have_no_token(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Nothing here calls the API of Kubernetes."""
    for pod in _described(manifests):
        if pod.spec.get("automountServiceAccountToken") is not False:
            yield f"{pod.owner} gets a token of the API of Kubernetes"


def containers_state_their_resources(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Requests, a limit of memory, and none of the processor, which would throttle a pod until its probes fail."""
    for name, container in _containers(manifests):
        requests, limits = (container.get("resources", {}).get(kind, {}) for kind in ("requests", "limits"))
        for resource in ("cpu", "memory"):
            if resource not in requests:
                yield f"{name} requests no {resource}"
        if "memory" not in limits:
            yield f"{name} has no limit of memory"
        if "cpu" in limits:
            yield f"{name} has a limit of the processor"


def images_have_versions(manifests: Sequence[Manifest]) -> Iterator[str]:
    """The same manifest starts the same program tomorrow."""
    for name, container in _containers(manifests):
        if not VERSION.search(container["image"]):
            yield f"{name} runs {container['image']}, which is no version and no digest"


def servers_have_three_probes(manifests: Sequence[Manifest]) -> Iterator[str]:
    """For pods behind a Service. A liveness probe that asks what readiness asks restarts all pods with the database."""
    for pod in _lasting(manifests):
        served = any(_serves(service, pod) for service in of_kind(manifests, "Service"))
        for container in pod.containers if served else ():
            name = f"{pod.owner}: {container['name']}"
            missing = [kind for kind in ("startup", "readiness", "liveness") if not container.get(f"{kind}Probe")]
            if missing:
                yield f"{name} has no {' and no '.join(missing)} probe"
            elif _path(container["livenessProbe"]) and _path(container["livenessProbe"]) == _path(
                container["readinessProbe"]
            ):
                yield f"{name} asks for liveness what it asks for readiness"


def liveness_is_patient(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Every lasting pod has a liveness probe, which restarts nothing within a minute: a busy pod is not a dead one."""
    for pod in _lasting(manifests):
        for container in pod.containers:
            probe = container.get("livenessProbe")
            if not probe:
                yield f"{pod.owner}: {container['name']} has no liveness probe"
            elif probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3) < PATIENT_SECONDS:
                yield f"{pod.owner}: {container['name']} is restarted within {PATIENT_SECONDS} seconds of silence"


def the_api_ends_gracefully(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Proxies forget the pod first, then it drains, then it stops; all before Kubernetes kills it."""
    values = settings(manifests)
    for pod in _described(manifests):
        if pod.component != "api":
            continue
        hook = pod.containers[0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        needed = hook + float(values.get("DRAIN_SECONDS", 0)) + float(values.get("STOP_SECONDS", 5))
        grace = pod.spec.get("terminationGracePeriodSeconds", 30)
        if not hook:
            yield f"{pod.owner} has no preStop hook that waits for the proxies"
        if grace <= needed:
            yield f"{pod.owner} is killed after {grace} s, and needs {needed:g} s to end"


def scans_fit_a_worker(manifests: Sequence[Manifest]) -> Iterator[str]:
    """A worker that recognises scans has the memory for it; otherwise the node kills it in the middle of a document."""
    if settings(manifests).get("OCR", "").lower() not in TRUE:
        return
    for pod in _described(manifests):
        for container in pod.containers if pod.component == "worker" else ():
            limit = container.get("resources", {}).get("limits", {}).get("memory", "0")
            if bytes_of(limit) < SCAN_BYTES:
                yield f"{pod.owner} may use {limit} of memory, and needs 3.5Gi with OCR=true"


def bytes_of(quantity: str | int) -> float:
    """A quantity of Kubernetes, such as `4Gi`, in bytes. Raises `ValueError`."""
    text = str(quantity)
    unit = next((unit for unit in BYTES if text.endswith(unit)), "")
    return float(text.removesuffix(unit)) * BYTES.get(unit, 1)


def settings(manifests: Sequence[Manifest]) -> dict[str, str]:
    """What the ConfigMap of the settings says."""
    maps = [one for one in of_kind(manifests, "ConfigMap") if one["metadata"]["name"].startswith("mystack-settings")]
    return {name: value for one in maps for name, value in one.get("data", {}).items()}


def _described(manifests: Sequence[Manifest]) -> list[Pod]:
    """Those whose specification is ours."""
    return [pod for pod in pods(manifests) if pod.spec]


def _lasting(manifests: Sequence[Manifest]) -> list[Pod]:
    """Servers and workers. KubeRay adds probes of its own to Ray's pods."""
    return [pod for pod in _described(manifests) if pod.lasting and not pod.owner.startswith("RayService")]


def _containers(manifests: Sequence[Manifest]) -> Iterator[tuple[str, dict[str, Any]]]:
    for pod in _described(manifests):
        for container in pod.containers:
            yield f"{pod.owner}: {container['name']}", container


def _serves(service: Manifest, pod: Pod) -> bool:
    selector = service["spec"].get("selector", {})
    return bool(selector) and selector.items() <= pod.labels.items()


def _path(probe: dict[str, Any]) -> str:
    return str(probe.get("httpGet", {}).get("path", ""))
