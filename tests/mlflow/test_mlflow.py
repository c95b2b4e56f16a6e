"""Runs and champions are mirrored to a real MLflow, which may be away meanwhile."""

import json
import signal
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from mystack.fresh import fresh_server
from mystack.project import find_layer
from tests.cli.processes import alive, descendants, until
from tests.mlflow.conftest import free_port, on_request, patient, running
from tests.mlflow.exchanges import RECORDED, exchanges, shape

pytestmark = [on_request, patient]

RUN: dict[str, Any] = {
    "version": "5.0.0",
    "settings": {"top_k": 5},
    "embedding_space": "small@1/fp32/384",
    "prompt": "Answer briefly.",
    "metrics": [{"name": "R@5, hybrid", "value": 0.97}],
}


def test_the_server_answers_as_the_double_of_the_tests(mlflow: str) -> None:
    recorded = json.loads(RECORDED.read_text())
    real = {each.name: each for each in exchanges(mlflow)}
    assert recorded.keys() == real.keys()
    for name, exchange in real.items():
        assert (name, exchange.status) == (name, recorded[name]["status"])
        assert (name, shape(exchange.body)) == (name, shape(recorded[name]["body"]))


def test_a_run_and_a_champion_come_to_mlflow_also_when_it_was_away(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        fresh_server(find_layer(5), {"MLFLOW_URL": url}) as server,
        httpx2.Client(base_url=server.url, trust_env=False, timeout=30) as http,
    ):
        while_away = http.post("/experiments/eval/runs", json=RUN)
        assert while_away.status_code == 201, while_away.text
        assert http.post(f"/experiments/runs/{while_away.json()['id']}/promote").status_code == 200
        with running(tmp_path, port):
            while_there = http.post("/experiments/eval/runs", json=RUN).json()
            until(lambda: mirrored(http, while_away.json()) and mirrored(http, while_there), 90, "both are mirrored")
            until(lambda: all(one["mirrored"] for one in registry(http)), 90, "the champions are mirrored")
            assert logged(url) == {while_away.json()["id"], while_there["id"]}
            assert champion(url, "mystack-embedding-space") == champion(url, "mystack-prompt") == "1"


def mirrored(http: httpx2.Client, run: dict[str, Any]) -> object:
    return http.get(f"/experiments/runs/{run['id']}").json()["mirrored_as"]


def registry(http: httpx2.Client) -> list[dict[str, Any]]:
    return list(http.get("/experiments/registry").json()["versions"])


def logged(url: str) -> set[str]:
    """Our ids of the runs in the experiment, which all have the metric."""
    with httpx2.Client(base_url=f"{url}/api/2.0/mlflow", trust_env=False) as http:
        found = http.get("/experiments/get-by-name", params={"experiment_name": "mystack-eval"}).json()
        search = {"experiment_ids": [found["experiment"]["experiment_id"]]}
        data = [run["data"] for run in http.post("/runs/search", json=search).json()["runs"]]
    assert {metric["key"]: metric["value"] for each in data for metric in each["metrics"]} == {"R_5_ hybrid": 0.97}
    assert {"key": "settings.top_k", "value": "5"} in data[0]["params"]
    return {tag["value"] for each in data for tag in each["tags"] if tag["key"] == "mystack.run"}


def champion(url: str, name: str) -> str:
    params = {"name": name, "alias": "champion"}
    answer = httpx2.get(f"{url}/api/2.0/mlflow/registered-models/alias", params=params, trust_env=False)
    return str(answer.json()["model_version"]["version"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_listens_on_loopback_only_and_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, free_port()) as program:
        family = descendants(program.process.pid)
        assert 2 <= len(family) <= 4, "the job runner is off"
        connections = [each for pid in family for each in psutil.Process(pid).net_connections("inet")]
        assert {each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
        program.process.send_signal(number)
        program.process.wait(90)
        until(lambda: not any(map(alive, family)), 60, "every process ends")
