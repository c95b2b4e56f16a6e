"""Layer 3 in containers: documents and conversations outlive their containers, and answers cite them."""

from collections.abc import Iterator

import pytest

from tests.containers.lighthouse import QUESTION, cites, uploaded
from tests.containers.stack import BUILD_SECONDS, STOP_SECONDS, Stack, asked_for, running

pytestmark = [asked_for, pytest.mark.timeout(BUILD_SECONDS)]


@pytest.fixture(scope="module")
def stack(docker_compose: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running("layer3", docker_compose, tmp_path_factory.mktemp("layer3"), layer3={}) as stack:
        yield stack


@pytest.fixture(scope="module")
def document(stack: Stack) -> str:
    return uploaded(stack)


def test_it_answers_from_an_uploaded_document(stack: Stack, document: str) -> None:
    assert cites(stack, document)


def test_all_it_depends_on_is_well(stack: Stack) -> None:
    with stack.client() as http:
        health = http.get("/health").json()
    assert health["layer"] == 3
    assert {it["name"]: it["status"] for it in health["dependencies"]}.items() >= {
        ("postgresql", "ok"),
        ("embedding_model", "ok"),
    }


def test_it_stops_in_time_and_knows_its_documents_afterwards(stack: Stack, document: str) -> None:
    assert stack.stop() < STOP_SECONDS
    assert stack.container()["State"]["ExitCode"] in (0, 143)
    stack.compose("start", "layer3")
    stack.wait_until_healthy()
    assert cites(stack, document)


def test_documents_and_conversations_outlive_their_containers(stack: Stack, document: str) -> None:
    with stack.client() as http:
        conversation = http.post("/chat", json={"message": QUESTION}).json()["conversation_id"]
    stack.compose("down", "--timeout", "15")
    stack.up()
    assert cites(stack, document)
    with stack.client() as http:
        question, answer = http.get(f"/conversations/{conversation}").json()["messages"]
    assert question["content"] == QUESTION
    assert [it["document_id"] for it in answer["sources"]] == [document]


def test_a_document_that_cannot_be_read_leaves_no_dead_process(stack: Stack) -> None:
    with stack.client() as http:
        answer = http.post("/documents/upload", files={"file": ("broken.pdf", b"%PDF-1.7\n" + b"\0" * 5000)})
    assert answer.status_code == 400
    assert stack.inside("grep -l 'State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l") == "0"


def test_the_database_is_reached_by_the_layer_only(stack: Stack) -> None:
    stack.assert_shut_in("postgres")


def test_it_is_nobody_in_particular_and_cannot_change_itself(stack: Stack) -> None:
    assert stack.inside("id -u") == "10001"
    assert stack.inside("touch /app/x /etc/x 2>/dev/null || echo refused") == "refused"
