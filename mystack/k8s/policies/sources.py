"""What the manifests share with the rest of the layer: its settings and its alerts."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from mystack.k8s.manifests import Manifest, of_kind, pods
from mystack.k8s.policies.pods import settings
from mystack.k8s.rules import groups, rule_files


def settings_exist(manifests: Sequence[Manifest], layer: Path) -> Iterator[str]:
    """A setting with a typing error would be ignored."""
    known = names_of_settings(layer)
    yield from (f"the ConfigMap sets {name}, which is no setting" for name in settings(manifests) if name not in known)
    for pod in pods(manifests):
        for container in pod.containers:
            names = [variable["name"] for variable in container.get("env", [])]
            ours = names if container["image"].startswith("mystack-layer") else []
            yield from (f"{pod.owner} sets {name}, which is no setting" for name in ours if name not in known)


def alerts_have_one_source(manifests: Sequence[Manifest], layer: Path) -> Iterator[str]:
    """The rules that Prometheus has in docker-compose, with their tests."""
    for rule in of_kind(manifests, "PrometheusRule"):
        if rule["spec"]["groups"] != groups(rule_files(layer)):
            yield "the PrometheusRule is not what layer6_k8s/monitoring says: run `mystack k8s rules`"


def names_of_settings(layer: Path) -> set[str]:
    """The fields of `Settings`, as environment variables; read from the file, because the layer is not installed."""
    tree = ast.parse((layer / "api" / "config.py").read_text())
    found = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == "Settings")
    fields = (line.target for node in found for line in node.body if isinstance(line, ast.AnnAssign))
    return {field.id.upper() for field in fields if isinstance(field, ast.Name)}
