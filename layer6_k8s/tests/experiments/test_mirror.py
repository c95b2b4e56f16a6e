"""Runs and champions come to MLflow, whether it is there, away for a while, or refuses one of them."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import httpx2
import pytest

from api.adapters.mlflow.tracker import MlflowTracker, mlflow_client
from api.adapters.postgres.experiments.mirroring import PostgresMirrorQueue
from api.adapters.postgres.experiments.registry import PostgresRegistry
from api.adapters.postgres.experiments.runs import PostgresRuns
from api.schemas.experiments import NewRunRequest
from api.services.experiments.mirror import Mirror, TrackerAway
from api.services.experiments.runs import Run
from tests.experiments.conftest import new_run, promoted, recorded
from tests.library import Reader
from tests.servers.mlflow import MlflowServer
from tests.servers.running import refused_address
from tests.stores.opened import Opened

PAUSE = 0.05


@pytest.fixture
def mlflow(start: Callable[..., Any]) -> Iterator[MlflowServer]:
    server = MlflowServer()
    with start(server.app) as server.url:
        yield server


async def until(condition: Callable[[], Any]) -> None:
    with anyio.fail_after(20):
        while not await condition():  # noqa: ASYNC110 - polled
            await anyio.sleep(0.02)


async def added(harness: Opened, **more: Any) -> Run:
    return await PostgresRuns(harness.database).add("eval", NewRunRequest(**new_run(**more)).run())


async def test_a_recorded_run_and_its_promotion_come_to_mlflow(
    http: httpx2.AsyncClient, serve: Callable[..., str], mlflow: MlflowServer
) -> None:
    service = Reader(http, serve(mlflow_url=mlflow.url))
    run = await recorded(service)
    await promoted(service, run)

    async def mirrored() -> bool:
        versions = (await service.get("/experiments/registry"))["versions"]
        return all(version["mirrored"] for version in versions)

    await until(mirrored)
    [(id, logged)] = mlflow.runs.items()
    assert (await service.get(f"/experiments/runs/{run['id']}"))["mirrored_as"] == id
    assert (logged["tags"], logged["status"]) == ({"mystack.run": run["id"]}, "FINISHED")
    assert logged["metrics"] == {"R_5_ hybrid": 0.9, "Markers have a source": 1.0}
    assert logged["params"]["settings.top_k"] == "5"
    assert logged["params"]["data_sha256"] == "a" * 64
    assert "settings.ollama_model" not in logged["params"]
    assert mlflow.experiments.keys() == {"mystack-eval"}
    names = ("mystack-embedding-space", "mystack-prompt")
    assert mlflow.aliases == {(name, "champion"): "1" for name in names}
    [entry] = [each for each in (await service.get("/health"))["dependencies"] if each["name"] == "mlflow"]
    assert entry["reason"] == "MLflow has all runs."


async def test_a_run_is_recorded_while_mlflow_is_away(http: httpx2.AsyncClient, serve: Callable[..., str]) -> None:
    service = Reader(http, serve(mlflow_url=refused_address()))
    run = await recorded(service)
    assert run["mirrored_as"] is None

    async def said() -> bool:
        entries = (await service.get("/health"))["dependencies"]
        [reason] = [entry["reason"] for entry in entries if entry["name"] == "mlflow"]
        return "1 runs wait for MLflow. MLflow at 127.0.0.1:" in str(reason)

    await until(said)


async def test_what_waited_is_mirrored_once_when_mlflow_is_back(
    harness: Opened, mlflow: MlflowServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mystack.experiments")
    mlflow.fails = True
    runs = [await added(harness) for _ in range(3)]
    queue = PostgresMirrorQueue(harness.database)
    async with mlflow_client(mlflow.url) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(Mirror(queue, MlflowTracker(client), "MLflow", pause=PAUSE).run)
        await anyio.sleep(10 * PAUSE)
        assert await queue.waiting() == 3
        mlflow.fails = False
        await until(lambda: _none_waits(queue))
        await until(lambda: _says(caplog, "answers again"))
        tasks.cancel_scope.cancel()
    assert {run["tags"]["mystack.run"] for run in mlflow.runs.values()} == {str(run.id) for run in runs}
    assert mlflow.created == 3
    assert sum("mirrored later" in record.message for record in caplog.records) == 1, "said once, not at each attempt"


async def test_a_run_that_is_logged_again_is_found_again(harness: Opened, mlflow: MlflowServer) -> None:
    run = await added(harness)
    async with mlflow_client(mlflow.url) as client:
        tracker = MlflowTracker(client)
        assert await tracker.log(run) == await tracker.log(run)
    assert mlflow.created == 1


async def test_a_version_that_is_registered_again_is_found_again(harness: Opened, mlflow: MlflowServer) -> None:
    runs = [await added(harness, prompt=f"Prompt {number}.") for number in range(2)]
    registry = PostgresRegistry(harness.database)
    async with mlflow_client(mlflow.url) as client:
        tracker = MlflowTracker(client)
        [first] = await registry.promote(runs[0].id, {"prompt": "Prompt 0."}, None)
        [second] = await registry.promote(runs[1].id, {"prompt": "Prompt 1."}, runs[0].id)
        for version in (first, second, second, first):
            await tracker.register(version)
    assert len(mlflow.versions["mystack-prompt"]) == 2
    assert mlflow.aliases == {("mystack-prompt", "champion"): "1"}


async def test_a_run_that_mlflow_refuses_keeps_no_other_from_being_mirrored(
    harness: Opened, mlflow: MlflowServer
) -> None:
    refused = await added(harness)
    mlflow.refuses = True
    queue = PostgresMirrorQueue(harness.database)
    async with mlflow_client(mlflow.url) as client, anyio.create_task_group() as tasks:
        mirror = Mirror(queue, MlflowTracker(client), "MLflow", pause=60)
        tasks.start_soon(mirror.run)
        await until(lambda: _none_waits(queue))
        mlflow.refuses = False
        other = await added(harness)
        mirror.wake()
        await until(lambda: _none_waits(queue))
        tasks.cancel_scope.cancel()
    runs = PostgresRuns(harness.database)
    told, fine = await runs.run(refused.id), await runs.run(other.id)
    assert told is not None
    assert fine is not None
    assert (told.mirrored_as, fine.mirror_error) == (None, None)
    assert str(told.mirror_error).startswith("runs/log-batch: INVALID_PARAMETER_VALUE")
    assert fine.mirrored_as == "run2"


async def test_two_processes_mirror_each_run_once(harness: Opened, mlflow: MlflowServer) -> None:
    queue = PostgresMirrorQueue(harness.database)
    await added(harness)
    await added(harness)
    claimed = [await queue.claim(), await queue.claim()]
    assert len({run.id for run in claimed if run}) == 2
    assert await queue.claim() is None, "both are held by who claimed them"


@pytest.mark.parametrize("path", ["", "/elsewhere"])
async def test_an_address_without_mlflow_is_away_and_shows_no_password(
    harness: Opened, mlflow: MlflowServer, path: str
) -> None:
    run = await added(harness)
    url = mlflow.url.replace("://", "://name:hidden@") + path if path else refused_address()
    async with mlflow_client(url) as client:
        with pytest.raises(TrackerAway, match=r"MLflow at 127\.0\.0\.1:") as error:
            await MlflowTracker(client).log(run)
    assert "hidden" not in str(error.value)


async def _none_waits(queue: PostgresMirrorQueue) -> bool:
    return await queue.waiting() == 0


async def _says(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return any(words in record.message for record in caplog.records)
