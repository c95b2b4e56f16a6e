"""From layer 4 on, in containers: a worker in a container of its own reads what is uploaded."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from mystack.project import Layer, all_layers
from tests.cli.processes import until
from tests.containers.lighthouse import QUESTION, cites, uploaded
from tests.containers.stack import BUILD_SECONDS, STOP_SECONDS, Stack, needs_docker, running

LAYERS = [layer for layer in all_layers() if layer.number >= 4]
pytestmark = [needs_docker, pytest.mark.timeout(BUILD_SECONDS)]


@pytest.fixture(scope="module", params=LAYERS, ids=lambda layer: layer.folder.name)
def stack(
    request: pytest.FixtureRequest, docker_compose: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    layer: Layer = request.param
    name = f"layer{layer.number}"
    with running(name, docker_compose, tmp_path_factory.mktemp(name), **{name: {}}) as stack:
        stack.compose("up", "-d", f"{name}-worker")
        yield stack


def jobs(stack: Stack) -> dict[str, Any]:
    """What /health says of jobs."""
    with stack.client() as http:
        return next(each for each in http.get("/health").json()["dependencies"] if each["name"] == "jobs")


def test_a_worker_reads_what_is_uploaded(stack: Stack) -> None:
    until(lambda: "1 worker" in jobs(stack)["reason"], 60, "the worker is heard of")
    assert cites(stack, uploaded(stack))


def test_more_workers_are_one_option(stack: Stack) -> None:
    stack.compose("up", "-d", "--scale", f"{stack.layer}-worker=2", f"{stack.layer}-worker")
    until(lambda: "2 workers" in jobs(stack)["reason"], 60, "both workers are heard of")


def test_an_upload_outlives_redis_and_the_workers(stack: Stack) -> None:
    stack.compose("stop", f"{stack.layer}-worker", "redis")
    with stack.client() as http:
        headers = {"Prefer": "respond-async"}
        files = {"file": ("mill.txt", b"The mill of Brindlemoor grinds rye since 1902.\n")}
        queued = http.post("/documents/upload", headers=headers, files=files)
        assert queued.status_code == httpx2.codes.ACCEPTED
        stack.compose("start", "redis", f"{stack.layer}-worker")
        job = f"/jobs/{queued.json()['job_id']}"
        until(lambda: http.get(job).json()["state"] == "done", 120, "the document is read")
        assert "1902" in http.post("/chat", json={"message": "Since when does the mill grind rye?"}).json()["response"]


def test_the_layer_and_its_worker_stop_in_time(stack: Stack) -> None:
    assert stack.stop() < STOP_SECONDS
    assert stack.container()["State"]["ExitCode"] in (0, 143)
    stack.compose("start", stack.layer)
    stack.wait_until_healthy()
    with stack.client() as http:
        assert http.post("/chat", json={"message": QUESTION}).json()["grounded"]


def test_neither_the_database_nor_redis_can_be_reached_from_outside(stack: Stack) -> None:
    stack.assert_isolated("postgres")
    stack.assert_isolated("redis")
