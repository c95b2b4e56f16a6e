"""What can be said of the DAGs without Airflow: they import nothing of the product, and call what the layer has."""

import ast
import json
import sys
import threading
import urllib.error
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from mystack.project import ROOT
from tests.airflow.conftest import FOLDER, LAYER, module
from tests.contract.test_openapi import document

FILES = sorted((FOLDER / "dags").glob("*.py"))
DAGS = [path for path in FILES if not path.stem.startswith("mystack_")]
SCHEDULES = {
    "daily_document_ingestion": ("0 2 * * *", "/sources/sync"),
    "weekly_embedding_refresh": ("0 3 * * 0", "/jobs/refresh-embeddings"),
    "hourly_quality_check": ("@hourly", "/jobs/check-quality"),
}
ALLOWED = {"airflow", "pendulum", "mystack_calls", "mystack_runs", *sys.stdlib_module_names}
calls: Any = module("mystack_calls")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_compiles_and_imports_nothing_of_the_product(path: Path) -> None:
    tree = ast.parse(path.read_text())
    compile(tree, str(path), "exec")
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= ALLOWED


def test_there_are_three_dags_with_their_schedules() -> None:
    assert {path.stem for path in DAGS} == SCHEDULES.keys()
    for path in DAGS:
        schedule, route = SCHEDULES[path.stem]
        assert f'regular("{path.stem}", schedule="{schedule}", path="{route}"' in path.read_text()


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_dag_calls_a_route_that_the_layer_has(name: str) -> None:
    route = SCHEDULES[name][1]
    paths = document(str(LAYER.folder))["paths"]
    assert "202" in paths[route]["post"]["responses"]
    for path in ("/jobs/{job_id}", "/jobs/batches/{batch_id}", "/quality"):
        assert "get" in paths[path]
    assert "post" in paths["/jobs/{job_id}/retry"]


def test_airflow_listens_on_loopback_unless_the_container_says_otherwise() -> None:
    start = module("start")
    settings = start.settings(Path("/tmp"), "127.0.0.1", 8080)
    assert settings["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert settings["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "False"
    assert "--skip-serve-logs" in start.PROCESSES["scheduler"]
    published = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["airflow"]["ports"]
    assert published == ["127.0.0.1:${AIRFLOW_PORT:-8080}:8080"]


def test_every_package_of_airflow_is_pinned_and_no_index_is_named() -> None:
    pins = [line for line in (FOLDER / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all("==" in line for line in pins)
    assert pins == sorted(pins, key=lambda pin: pin.partition("==")[0].lower())
    wanted = (FOLDER / "requirements.txt").read_text().split()
    assert set(wanted) <= set(pins)
    for path in FOLDER.rglob("*"):
        assert not path.is_file() or path.suffix == ".pyc" or "index-url" not in path.read_text()


class Scripted:
    """A real HTTP server with scripted answers, by method and path, and what it was sent."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, tuple[int, Any]] = {}
        self.sent: list[tuple[str, str | None, str | None]] = []


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    state = Scripted()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, method: str) -> None:
            state.sent.append((f"{method} {self.path}", self.headers["Authorization"], self.headers["Idempotency-Key"]))
            status, body = state.answers[f"{method} {self.path}"]
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Location", "/jobs/1")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("MYSTACK_URL", state.url + "/")
        monkeypatch.setenv("MYSTACK_API_KEY", "the-key")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        yield state
        server.shutdown()
        thread.join()


def job(state: str, **more: Any) -> dict[str, Any]:
    return {"id": "1", "state": state, "error": None, "batch_id": None} | more


def test_a_run_is_started_with_its_key_and_the_api_key(scripted: Scripted) -> None:
    scripted.answers["POST /sources/sync"] = (202, job("queued"))
    assert calls.start_run("/sources/sync", "run 1") == "/jobs/1"
    assert scripted.sent == [("POST /sources/sync", "Bearer the-key", "run 1")]


def test_a_cleared_run_retries_its_failed_job(scripted: Scripted) -> None:
    scripted.answers |= {"POST /x": (202, job("failed")), "POST /jobs/1/retry": (202, job("queued"))}
    assert calls.start_run("/x", "run 1") == "/jobs/1"
    assert [sent[0] for sent in scripted.sent] == ["POST /x", "POST /jobs/1/retry"]


def test_it_waits_for_the_end_of_the_job_and_of_its_batch(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted.answers["GET /jobs/1"] = (200, job("running", batch_id="b"))
    assert calls.ended("/jobs/1") is None
    scripted.answers["GET /jobs/1"] = (200, job("done", batch_id="b"))
    scripted.answers["GET /jobs/batches/b"] = (200, {"id": "b", "waiting": 2, "counts": {}})
    assert calls.ended("/jobs/1") is None
    batch = {"id": "b", "waiting": 0, "counts": {"done": 5}}
    scripted.answers["GET /jobs/batches/b"] = (200, batch)
    assert calls.ended("/jobs/1") == batch
    scripted.answers["GET /jobs/1"] = (503, {})
    assert calls.ended("/jobs/1") is None, "the service is busy"
    scripted.answers["GET /jobs/1"] = (404, {})
    with pytest.raises(urllib.error.HTTPError):
        calls.ended("/jobs/1")
    monkeypatch.setenv("MYSTACK_URL", "http://127.0.0.1:1")
    assert calls.ended("/jobs/1") is None, "the service is away"


def test_a_run_fails_when_its_job_failed_or_too_much_of_its_batch() -> None:
    assert calls.judge_run(job("done")) == "job 1 is done"
    for failed in (job("failed", error={"detail": "No."}), job("cancelled")):
        with pytest.raises(calls.RunFailed, match=r"No\.|cancelled"):
            calls.judge_run(failed)
    assert "200 jobs, 2 failed" in calls.judge_run({"id": "b", "waiting": 0, "counts": {"done": 198, "failed": 2}})
    with pytest.raises(calls.RunFailed, match="3 of 200"):
        calls.judge_run({"id": "b", "waiting": 0, "counts": {"done": 197, "failed": 3}})


def test_the_check_fails_for_what_a_person_has_to_do(scripted: Scripted) -> None:
    repaired = {"code": "chunk_without_vector", "count": 3, "repaired": 3, "advice": "It is queued."}
    report = {"documents": 2, "compared": 2, "findings": [repaired]}
    scripted.answers["GET /quality"] = (200, report)
    assert "nothing is left to do" in calls.judge_quality()
    left = {"code": "job_failed", "count": 1, "repaired": 0, "advice": "Correct the cause."}
    scripted.answers["GET /quality"] = (200, report | {"findings": [repaired, left]})
    with pytest.raises(calls.RunFailed, match=r"^job_failed \(1\): Correct the cause\.$"):
        calls.judge_quality()
