"""A release replaces another under load, with a migration in the middle, and no request fails."""

import httpx2
import pytest

from tests.deploy.conftest import Deployed, asking

FACT = b"The harbour office opens at eight and closes at four.\n"
pytestmark = pytest.mark.timeout(600)


def test_no_request_fails_while_a_release_with_a_migration_replaces_another(deployed: Deployed) -> None:
    before = deployed.version()
    upload = httpx2.post(
        f"{deployed.url}/documents/upload", files={"file": ("harbour.txt", FACT)}, trust_env=False, timeout=60
    )
    assert upload.status_code == 201, upload.text
    with asking(deployed.url) as answers:
        status, said = deployed.deploy("v2")
    print(f"{answers.total()} answers: {dict(answers)}")  # noqa: T201 - `-s` shows the number
    assert status == 0, said
    assert "the schema is now at test_0001" in said
    assert deployed.version() != before
    assert {name.split()[1] for name in answers} == {"200"}
    assert answers.total() > 1000
    status, refused = deployed.deploy("v3")
    assert (status, "drops something" in refused) == (2, True), refused
    chat = httpx2.post(
        f"{deployed.url}/chat", json={"message": "When does the harbour office open?"}, trust_env=False, timeout=60
    )
    assert [source["quote"] for source in chat.json()["sources"]] == [FACT.decode().strip()]


def test_a_release_that_does_not_start_replaces_nothing(deployed: Deployed) -> None:
    before = deployed.version()
    status, said = deployed.deploy("v4")
    assert (status, "ended while it started" in said) == (2, True), said
    assert deployed.version() == before
    status, said = deployed.deploy("no-such-tag")
    assert (status, "no-such-tag" in said) == (2, True), said
    status, said = deployed.deploy("v2")
    assert (status, "ready in place" in said) == (0, True), said
