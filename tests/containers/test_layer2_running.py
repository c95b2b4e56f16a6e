"""Layer 2 in containers: documents survive the removal of the containers, and answers cite them."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.containers.files import services
from tests.containers.lighthouse import cites, uploaded
from tests.containers.stack import BUILD_SECONDS, STOP_SECONDS, Stack, needs_docker, running

pytestmark = [needs_docker, pytest.mark.timeout(BUILD_SECONDS)]

WITHOUT_QDRANT = {
    "qdrant": {
        "image": "python:3.11-slim",
        "command": ["sh", "-c", "mkdir /tmp/s && echo >/tmp/s/readyz && exec python -m http.server 6333 -d /tmp/s"],
    },
    "layer2": {"environment": {"QDRANT_URL": "", "QDRANT_PATH": "/data/qdrant"}},
}
"""For machines without Qdrant's image: a server that only passes its health check replaces it, and Qdrant's local mode
stores the vectors on the layer's volume."""


def override() -> dict[str, dict[str, Any]]:
    image = services()["qdrant"]["image"]
    available = subprocess.run(["docker", "image", "inspect", image], capture_output=True).returncode == 0
    return {"layer2": {}} if available else WITHOUT_QDRANT


@pytest.fixture(scope="module")
def stack(docker_compose: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running("layer2", docker_compose, tmp_path_factory.mktemp("layer2"), **override()) as stack:
        yield stack


@pytest.fixture(scope="module")
def document(stack: Stack) -> str:
    return uploaded(stack)


def test_an_answer_cites_an_uploaded_document(stack: Stack, document: str) -> None:
    assert cites(stack, document)


def test_all_dependencies_are_healthy(stack: Stack) -> None:
    with stack.client() as http:
        health = http.get("/health").json()
    assert health["layer"] == 2
    assert {entry["name"]: entry["status"] for entry in health["dependencies"]}.items() >= {
        ("mongodb", "ok"),
        ("qdrant", "ok"),
        ("embedding_model", "ok"),
    }


def test_the_layer_stops_in_time_and_keeps_its_documents(stack: Stack, document: str) -> None:
    assert stack.stop() < STOP_SECONDS
    assert stack.container()["State"]["ExitCode"] in (0, 143)
    stack.compose("start", "layer2")
    stack.wait_until_healthy()
    assert cites(stack, document)


def test_documents_survive_the_removal_of_the_containers(stack: Stack, document: str) -> None:
    stack.compose("down", "--timeout", "15")
    stack.up()
    assert cites(stack, document)


def test_an_unreadable_document_leaves_no_zombie_process(stack: Stack) -> None:
    with stack.client() as http:
        response = http.post("/documents/upload", files={"file": ("broken.pdf", b"%PDF-1.7\n" + b"\0" * 5000)})
    assert response.status_code == 400
    assert stack.run_inside("grep -l 'State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l") == "0"


@pytest.mark.parametrize("store", ["mongo", "qdrant"])
def test_only_the_layer_can_reach_a_store(stack: Stack, store: str) -> None:
    stack.assert_isolated(store)


def test_the_service_runs_unprivileged_and_cannot_change_its_code(stack: Stack) -> None:
    assert stack.run_inside("id -u") == "10001"
    assert stack.run_inside("touch /app/x /etc/x 2>/dev/null || echo refused") == "refused"
