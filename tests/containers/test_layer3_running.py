"""Layer 3 in containers: documents and conversations survive the removal of the containers."""

from collections.abc import Iterator

import pytest

from tests.containers.lighthouse import QUESTION, cites, uploaded
from tests.containers.stack import BUILD_SECONDS, STOP_SECONDS, Stack, needs_docker, running

pytestmark = [needs_docker, pytest.mark.timeout(BUILD_SECONDS)]


@pytest.fixture(scope="module")
def stack(docker_compose: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running("layer3", docker_compose, tmp_path_factory.mktemp("layer3"), layer3={}) as stack:
        yield stack


@pytest.fixture(scope="module")
def document(stack: Stack) -> str:
    return uploaded(stack)


def test_an_answer_cites_an_uploaded_document(stack: Stack, document: str) -> None:
    assert cites(stack, document)


def test_all_dependencies_are_healthy(stack: Stack) -> None:
    with stack.client() as http:
        health = http.get("/health").json()
    assert health["layer"] == 3
    assert {entry["name"]: entry["status"] for entry in health["dependencies"]}.items() >= {
        ("postgresql", "ok"),
        ("embedding_model", "ok"),
    }


def test_the_layer_stops_in_time_and_keeps_its_documents(stack: Stack, document: str) -> None:
    assert stack.stop() < STOP_SECONDS
    assert stack.container()["State"]["ExitCode"] in (0, 143)
    stack.compose("start", "layer3")
    stack.wait_until_healthy()
    assert cites(stack, document)


def test_documents_and_conversations_survive_the_removal_of_the_containers(stack: Stack, document: str) -> None:
    with stack.client() as http:
        conversation = http.post("/chat", json={"message": QUESTION}).json()["conversation_id"]
    stack.compose("down", "--timeout", "15")
    stack.up()
    assert cites(stack, document)
    with stack.client() as http:
        question, answer = http.get(f"/conversations/{conversation}").json()["messages"]
    assert question["content"] == QUESTION
    assert [source["document_id"] for source in answer["sources"]] == [document]


def test_an_unreadable_document_leaves_no_zombie_process(stack: Stack) -> None:
    with stack.client() as http:
        response = http.post("/documents/upload", files={"file": ("broken.pdf", b"%PDF-1.7\n" + b"\0" * 5000)})
    assert response.status_code == 400
    assert stack.run_inside("grep -l 'State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l") == "0"


def test_only_the_layer_can_reach_the_database(stack: Stack) -> None:
    stack.assert_isolated("postgres")


def test_the_service_runs_unprivileged_and_cannot_change_its_code(stack: Stack) -> None:
    assert stack.run_inside("id -u") == "10001"
    assert stack.run_inside("touch /app/x /etc/x 2>/dev/null || echo refused") == "refused"
