"""The rendered overlays, each rendered once."""

import copy
from collections.abc import Callable
from functools import cache

import pytest

from mystack.k8s.manifests import Manifest, parsed, rendered
from mystack.project import find_layer

LAYER = find_layer(6).folder
OVERLAYS = sorted(file.parent.name for file in LAYER.glob("k8s/overlays/*/kustomization.yaml"))


@cache
def _objects(overlay: str) -> list[Manifest]:
    return parsed(rendered(LAYER / "k8s" / "overlays" / overlay))


@pytest.fixture
def objects() -> Callable[[str], list[Manifest]]:
    """The objects of an overlay, which the test may change."""
    return lambda overlay: copy.deepcopy(_objects(overlay))
