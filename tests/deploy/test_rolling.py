"""A release replaces another under load, with a migration in the middle, and no request fails."""

from typing import Any

import httpx2
import pytest

from tests.deploy.conftest import Deployed, asking

FACT = b"The harbour office opens at eight and closes at four.\n"
LEAST = 500
"""Answers that must have come while one release replaced the other."""
pytestmark = pytest.mark.timeout(600)


def test_no_request_fails_while_a_release_with_a_migration_replaces_another(deployed: Deployed) -> None:
    before = deployed.version()
    assert post(deployed, "/documents/upload", files={"file": ("harbour.txt", FACT)}).status_code == 201
    with asking(deployed.url) as answers:
        status, said = deployed.deploy("v2")
    print(f"{answers.total()} answers: {dict(answers)}")  # noqa: T201 - `-s` shows the number
    assert status == 0, said
    assert "the schema is now at test_0001" in said
    assert (now := deployed.version()) != before
    assert {name.split()[1] for name in answers} == {"200"}
    assert answers.total() > LEAST
    refused = {
        "v3": "drops something, which the running release may still use",
        "v4": "ended while it started",
        "no-such-tag": "no-such-tag",
    }
    for release, reason in refused.items():
        status, said = deployed.deploy(release)
        assert (status, reason in said) == (2, True), said
        assert deployed.version() == now
    answer = post(deployed, "/chat", json={"message": "When does the harbour office open?"}).json()
    assert [source["quote"] for source in answer["sources"]] == [FACT.decode().strip()]


def post(deployed: Deployed, path: str, **content: Any) -> httpx2.Response:
    return httpx2.post(f"{deployed.url}{path}", trust_env=False, timeout=60, **content)
