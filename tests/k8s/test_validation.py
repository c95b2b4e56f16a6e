"""Strict validation: what the API of Kubernetes would refuse or ignore is found without one."""

from collections.abc import Callable
from typing import Any

import pytest

from mystack.k8s.manifests import Manifest, parsed
from mystack.k8s.policies.all import breaches_of_example
from mystack.k8s.validation import invalid
from tests.k8s.changes import api, one
from tests.k8s.conftest import LAYER, OVERLAYS

Objects = Callable[[str], list[Manifest]]
EXAMPLES = sorted((LAYER / "k8s" / "examples").glob("*.yaml"))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_valid(overlay: str, objects: Objects) -> None:
    assert list(invalid(objects(overlay))) == []


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_an_example_is_valid_and_confined(file: Any) -> None:
    manifests = parsed(file.read_text())
    assert list(invalid(manifests)) == []
    assert list(breaches_of_example(manifests)) == []


MISTAKES: list[tuple[str, str, Callable[[list[Manifest]], object]]] = [
    ("livenesProbe", "Deployment", lambda o: api(o).update(livenesProbe={})),
    ("replicas", "Deployment", lambda o: one(o, "Deployment", "mystack-api")["spec"].update(replicas="3")),
    (
        "poolingInterval",
        "ScaledObject",
        lambda o: one(o, "ScaledObject", "mystack-api")["spec"].update(poolingInterval=5),
    ),
    ("'PathPrefix'", "HTTPRoute", lambda o: _match(o).update(type="Prefix")),
    ("interval", "ServiceMonitor", lambda o: _endpoint(o).update(interval=5)),
    ("instances", "Cluster", lambda o: one(o, "Cluster", "mystack-postgres")["spec"].update(instances="3")),
    ("runAsNonRoots", "RayService", lambda o: _head(o)["securityContext"].update(runAsNonRoots=True)),
    ("no schema", "Widget", lambda o: None),
]


@pytest.mark.parametrize(("word", "kind", "change"), MISTAKES, ids=[kind + word for word, kind, _ in MISTAKES])
def test_a_mistake_is_named(word: str, kind: str, change: Any, objects: Objects) -> None:
    whole = objects("prod-ray")
    change(whole)
    if kind == "Widget":
        whole.append({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": {}})
        word = "has a schema of example.com/v1"
    [sentence] = invalid(whole)
    assert sentence.startswith(kind)
    assert word in sentence


def _match(objects: list[Manifest]) -> Any:
    return one(objects, "HTTPRoute", "mystack-api")["spec"]["rules"][0]["matches"][0]["path"]


def _endpoint(objects: list[Manifest]) -> Any:
    return one(objects, "ServiceMonitor", "mystack-api")["spec"]["endpoints"][0]


def _head(objects: list[Manifest]) -> Any:
    return one(objects, "RayService", "mystack-models")["spec"]["rayClusterConfig"]["headGroupSpec"]["template"]["spec"]
