"""The component that lets workers recognise scans, added to each overlay."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mystack.k8s.manifests import Manifest, parsed, rendered
from mystack.k8s.policies.all import breaches
from mystack.k8s.policies.pods import scans_fit_a_worker, settings
from mystack.k8s.validation import invalid
from tests.k8s.changes import container
from tests.k8s.conftest import LAYER, OVERLAYS

Objects = Callable[[str], list[Manifest]]


@pytest.fixture
def with_scans(tmp_path: Path) -> Callable[[str], list[Manifest]]:
    """An overlay of the user's own: one of ours, and the component."""

    def render(overlay: str) -> list[Manifest]:
        folders = LAYER / "k8s" / "overlays" / overlay, LAYER / "k8s" / "components" / "ocr"
        ours, component = (os.path.relpath(folder, tmp_path) for folder in folders)
        file = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: mystack\n"
        (tmp_path / "kustomization.yaml").write_text(f"{file}resources: [{ours}]\ncomponents: [{component}]\n")
        return parsed(rendered(tmp_path))

    return render


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_with_it_is_valid_and_keeps_every_policy(overlay: str, with_scans: Objects) -> None:
    manifests = with_scans(overlay)
    assert settings(manifests)["OCR"] == "true"
    assert list(invalid(manifests)) == []
    assert list(breaches(manifests, LAYER)) == []


def test_only_the_worker_gets_more_memory(with_scans: Objects, objects: Objects) -> None:
    before, after = objects("prod"), with_scans("prod")
    assert container(after, "mystack-api")["resources"] == container(before, "mystack-api")["resources"]
    assert container(after, "mystack-worker")["resources"]["limits"]["memory"] == "4Gi"


@pytest.mark.parametrize(
    ("value", "memory", "fits"),
    [
        ("true", "4Gi", True),
        ("1", "3584Mi", True),
        ("True", "4e9", True),
        ("true", "2Gi", False),
        ("on", "2048Mi", False),
        ("yes", "2000000Ki", False),
        ("false", "2Gi", True),
        ("0", "2Gi", True),
    ],
)
def test_a_worker_that_recognises_scans_needs_the_memory(value: str, memory: str, fits: bool, objects: Objects) -> None:
    manifests = objects("prod")
    [one] = [each for each in manifests if each["metadata"]["name"].startswith("mystack-settings")]
    one["data"]["OCR"] = value
    container(manifests, "mystack-worker")["resources"]["limits"]["memory"] = memory
    assert (list(scans_fit_a_worker(manifests)) == []) == fits
