"""Layer 2 in containers: documents outlive their containers, and answers cite them."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.containers.files import services
from tests.containers.lighthouse import cites, uploaded
from tests.containers.stack import BUILD_SECONDS, STOP_SECONDS, Stack, asked_for, running

pytestmark = [asked_for, pytest.mark.timeout(BUILD_SECONDS)]

WITHOUT_QDRANT = {
    "qdrant": {
        "image": "python:3.11-slim",
        "command": ["sh", "-c", "mkdir /tmp/s && echo >/tmp/s/readyz && exec python -m http.server 6333 -d /tmp/s"],
    },
    "layer2": {"environment": {"QDRANT_URL": "", "QDRANT_PATH": "/data/qdrant"}},
}
"""Where Qdrant's image is not at hand: its place is taken by a server that only says it is ready, which its health
check asks, and the vectors are kept by Qdrant's local mode on the layer's volume."""


def override() -> dict[str, dict[str, Any]]:
    image = services()["qdrant"]["image"]
    at_hand = subprocess.run(["docker", "image", "inspect", image], capture_output=True).returncode == 0
    return {"layer2": {}} if at_hand else WITHOUT_QDRANT


@pytest.fixture(scope="module")
def stack(docker_compose: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running("layer2", docker_compose, tmp_path_factory.mktemp("layer2"), **override()) as stack:
        yield stack


@pytest.fixture(scope="module")
def document(stack: Stack) -> str:
    return uploaded(stack)


def test_it_answers_from_an_uploaded_document(stack: Stack, document: str) -> None:
    assert cites(stack, document)


def test_all_it_depends_on_is_well(stack: Stack) -> None:
    with stack.client() as http:
        health = http.get("/health").json()
    assert health["layer"] == 2
    assert {it["name"]: it["status"] for it in health["dependencies"]}.items() >= {
        ("mongodb", "ok"),
        ("qdrant", "ok"),
        ("embedding_model", "ok"),
    }


def test_it_stops_in_time_and_knows_its_documents_afterwards(stack: Stack, document: str) -> None:
    assert stack.stop() < STOP_SECONDS
    assert stack.container()["State"]["ExitCode"] in (0, 143)
    stack.compose("start", "layer2")
    stack.wait_until_healthy()
    assert cites(stack, document)


def test_documents_outlive_their_containers(stack: Stack, document: str) -> None:
    stack.compose("down", "--timeout", "15")
    stack.up()
    assert cites(stack, document)


def test_a_document_that_cannot_be_read_leaves_no_dead_process(stack: Stack) -> None:
    with stack.client() as http:
        answer = http.post("/documents/upload", files={"file": ("broken.pdf", b"%PDF-1.7\n" + b"\0" * 5000)})
    assert answer.status_code == 400
    assert stack.inside("grep -l 'State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l") == "0"


@pytest.mark.parametrize("store", ["mongo", "qdrant"])
def test_a_store_is_reached_by_the_layer_only(stack: Stack, store: str) -> None:
    stack.assert_shut_in(store)


def test_it_is_nobody_in_particular_and_cannot_change_itself(stack: Stack) -> None:
    assert stack.inside("id -u") == "10001"
    assert stack.inside("touch /app/x /etc/x 2>/dev/null || echo refused") == "refused"
