"""Layer 1 in a container: it answers, is isolated, and stops on request."""

import time
from collections.abc import Iterator

import pytest

from tests.containers.stack import BUILD_SECONDS, STOP_SECONDS, Stack, needs_docker, running

pytestmark = [needs_docker, pytest.mark.timeout(BUILD_SECONDS)]


@pytest.fixture(scope="module")
def stack(docker_compose: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running("layer1", docker_compose, tmp_path_factory.mktemp("layer1"), layer1={}) as stack:
        yield stack


def test_the_layer_answers(stack: Stack) -> None:
    with stack.client() as http:
        assert http.get("/health").json()["layer"] == 1
        assert http.get("/").status_code == 200
        response = http.post("/chat", json={"message": "Text: The sky is blue.\n\nWhich colour is the sky?"})
    assert response.status_code == 200
    assert response.json()["response"]


def test_the_service_runs_unprivileged_and_cannot_change_its_code(stack: Stack) -> None:
    assert stack.run_inside("id -u") == "10001"
    assert stack.run_inside("touch /app/x /etc/x 2>/dev/null || echo refused") == "refused"
    assert stack.run_inside("touch /data/x /tmp/x && echo written") == "written"
    assert stack.run_inside("grep CapEff /proc/self/status") == "CapEff:\t0000000000000000"


def test_the_image_contains_no_development_tools_and_no_torch(stack: Stack) -> None:
    packages = stack.run_inside("python -m pip list --format freeze").lower()
    assert "fastapi==" in packages
    assert not any(f"\n{name}==" in packages for name in ("torch", "transformers", "pytest", "ruff", "mypy"))


def test_an_open_connection_does_not_delay_the_stop(stack: Stack) -> None:
    with stack.client() as http:
        http.get("/health/live")
        assert stack.stop() < STOP_SECONDS
    state = stack.container()["State"]
    assert state["ExitCode"] in (0, 143)  # 143: the server re-raised SIGTERM after its shutdown
    stack.compose("start", "layer1")
    stack.wait_until_healthy()


def test_a_crashed_container_restarts(stack: Stack) -> None:
    started = stack.container()["State"]["StartedAt"]
    stack.run_inside("kill -9 $(cat /proc/1/task/1/children)")
    deadline = time.monotonic() + 60
    while stack.container()["State"]["StartedAt"] == started:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    stack.wait_until_healthy()
