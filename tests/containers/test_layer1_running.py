"""Layer 1 in a container: it answers, it is shut in, and it leaves when told to."""

import time
from collections.abc import Iterator

import pytest

from tests.containers.stack import BUILD_SECONDS, STOP_SECONDS, Stack, asked_for, running

pytestmark = [asked_for, pytest.mark.timeout(BUILD_SECONDS)]


@pytest.fixture(scope="module")
def stack(docker_compose: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running("layer1", docker_compose, tmp_path_factory.mktemp("layer1"), layer1={}) as stack:
        yield stack


def test_it_answers(stack: Stack) -> None:
    with stack.client() as http:
        assert http.get("/health").json()["layer"] == 1
        assert http.get("/").status_code == 200
        answer = http.post("/chat", json={"message": "Text: The sky is blue.\n\nWhich colour is the sky?"})
    assert answer.status_code == 200
    assert answer.json()["response"]


def test_it_is_nobody_in_particular_and_cannot_change_itself(stack: Stack) -> None:
    assert stack.inside("id -u") == "10001"
    assert stack.inside("touch /app/x /etc/x 2>/dev/null || echo refused") == "refused"
    assert stack.inside("touch /data/x /tmp/x && echo written") == "written"
    assert stack.inside("grep CapEff /proc/self/status") == "CapEff:\t0000000000000000"


def test_it_holds_no_tools_and_no_torch(stack: Stack) -> None:
    packages = stack.inside("python -m pip list --format freeze").lower()
    assert "fastapi==" in packages
    assert not any(f"\n{name}==" in packages for name in ("torch", "transformers", "pytest", "ruff", "mypy"))


def test_it_ends_in_time_with_a_connection_open(stack: Stack) -> None:
    with stack.client() as http:
        http.get("/health/live")
        assert stack.stop() < STOP_SECONDS
    state = stack.container()["State"]
    assert state["ExitCode"] in (0, 143)  # 143: it passed the signal on to itself when it was done
    stack.compose("start", "layer1")
    stack.wait_until_healthy()


def test_it_comes_back_when_it_crashes(stack: Stack) -> None:
    began = stack.container()["State"]["StartedAt"]
    stack.inside("kill -9 $(cat /proc/1/task/1/children)")
    deadline = time.monotonic() + 60
    while stack.container()["State"]["StartedAt"] == began:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    stack.wait_until_healthy()
