"""The DAGs under a real Airflow, against a running layer."""

import json
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from tests.airflow.conftest import FOLDER, Airflow, on_request, patient
from tests.airflow.test_dags import SCHEDULES
from tests.cli.processes import Program, alive, descendants, started, until

pytestmark = [on_request, patient]

PRINT_DAGS = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1], bundle_name="dags")
dags = {name: sorted(task.task_id for task in dag.tasks) for name, dag in bag.dags.items()}
paused = [name for name, dag in bag.dags.items() if dag.catchup]
print(json.dumps([dags, {str(path): error for path, error in bag.import_errors.items()}, paused]))
"""


def test_the_dags_are_imported_without_a_database(airflow: Airflow) -> None:
    # A DAG processor adds the folder to the path.
    away = {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite:////nonexistent/airflow.db",
        "PYTHONPATH": str(FOLDER / "dags"),
    }
    done = airflow.run("-c", PRINT_DAGS, str(FOLDER / "dags"), **away)
    assert done.returncode == 0, done.stderr[-4000:]
    dags, errors, catching_up = json.loads(done.stdout.splitlines()[-1])
    assert errors == {}
    assert dags == {name: ["finished", "judge", "start"] for name in SCHEDULES}
    assert catching_up == []


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_dag_runs_and_its_job_is_done(migrated: Airflow, service: str, name: str) -> None:
    done = migrated.run("-m", "airflow", "dags", "test", name, MYSTACK_URL=service)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    jobs = httpx2.get(f"{service}/jobs", trust_env=False).json()["jobs"]
    kind = {"daily": "sync", "weekly": "refresh", "hourly": "quality"}[name.partition("_")[0]]
    assert "done" in [job["state"] for job in jobs if job["kind"] == kind]


def test_a_call_fails_when_the_service_is_away(airflow: Airflow) -> None:
    env = {"MYSTACK_URL": "http://127.0.0.1:1", "PYTHONPATH": str(FOLDER / "dags")}
    done = airflow.run("-c", "from mystack_calls import call; call('GET', '/quality')", **env)
    assert done.returncode == 1
    assert "URLError" in done.stderr


class Api:
    """Airflow's REST API, without a login."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/api/v2"

    def get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return dict(json.load(response))

    def trigger(self, dag: str) -> str:
        data = json.dumps({"logical_date": None}).encode()
        request = urllib.request.Request(
            f"{self.url}/dags/{dag}/dagRuns", data=data, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return str(json.load(response)["dag_run_id"])

    def ended(self, dag: str, run: str) -> str:
        deadline = time.monotonic() + 420
        while (state := self.get(f"/dags/{dag}/dagRuns/{run}")["state"]) not in ("success", "failed"):
            assert time.monotonic() < deadline, f"{dag} is {state}"
            time.sleep(1)
        return str(state)


@pytest.fixture
def running(airflow: Airflow, service: str, tmp_path: Path) -> Iterator[tuple[Program, Api]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["-c", "import sys; from mystack import airflow; from pathlib import Path; "
               "airflow.HOME = Path(sys.argv.pop(1)); airflow.app()", str(tmp_path)]  # fmt: skip
    with started([*command, "--url", service, "--port", str(port)]) as program:
        until(lambda: "Airflow answers" in program.text or program.process.poll() is not None, 400, program.text)
        assert "Airflow answers" in program.text, program.text + (tmp_path / "airflow.log").read_text()[-4000:]
        yield program, Api(port)


def test_the_scheduler_runs_a_dag_on_loopback_only_and_leaves_no_process(running: tuple[Program, Api]) -> None:
    program, api = running
    until(lambda: len(api.get("/dags")["dags"]) == 3, 200, "the DAGs are found")
    run = api.trigger("hourly_quality_check")
    assert api.ended("hourly_quality_check", run) == "success"
    family = descendants(program.process.pid)
    assert len(family) >= 4
    assert set(addresses(family)) == {"127.0.0.1"}
    assert stopped(program) == 0
    assert [pid for pid in family if alive(pid)] == []
    assert "Stopped." in program.text


def addresses(family: list[int]) -> list[str]:
    """Where these processes listen."""
    connections = [each for pid in family if alive(pid) for each in psutil.Process(pid).net_connections("inet")]
    return [each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN]


def stopped(program: Program) -> int:
    """Airflow's processes take longer than others."""
    program.process.send_signal(signal.SIGINT)
    return program.process.wait(90)
