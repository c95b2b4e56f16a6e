"""Every overlay keeps every policy, and every policy is seen to be broken."""

from collections.abc import Callable

import pytest

from mystack.k8s.manifests import Manifest
from mystack.k8s.policies.all import policies
from tests.k8s.changes import CHANGES, Change
from tests.k8s.conftest import LAYER, OVERLAYS

Objects = Callable[[str], list[Manifest]]
POLICIES = policies(LAYER)


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("name", POLICIES)
def test_an_overlay_keeps_a_policy(name: str, overlay: str, objects: Objects) -> None:
    assert list(POLICIES[name](objects(overlay))) == []


@pytest.mark.parametrize(("name", "change"), CHANGES, ids=[f"{name}-{at}" for at, (name, _) in enumerate(CHANGES)])
def test_a_changed_manifest_breaks_its_policy(name: str, change: Change, objects: Objects) -> None:
    whole = objects("prod")
    before = list(POLICIES[name](whole))
    change(whole)
    assert len(list(POLICIES[name](whole))) > len(before)


def test_every_policy_has_a_change_that_breaks_it() -> None:
    assert {name for name, _ in CHANGES} == set(POLICIES)


def test_every_policy_says_in_a_sentence_what_is_wrong(objects: Objects) -> None:
    for name, change in CHANGES:
        whole = objects("prod")
        change(whole)
        for sentence in POLICIES[name](whole):
            assert " " in sentence
            assert not sentence.endswith(".")
