"""What can be said of MLflow's environment without MLflow."""

import http.server
import importlib.util
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import Result

from mystack.server import listen
from tests.mlflow.conftest import FOLDER


def start() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mlflow_start", FOLDER / "start.py")
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_it_listens_on_loopback_without_jobs_and_telemetry() -> None:
    command = start().command(Path("/srv/mlflow"), 5000)
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert start().settings()["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    assert start().settings()["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_every_package_is_pinned_and_no_index_is_named() -> None:
    pins = [line for line in (FOLDER / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all("==" in line for line in pins)
    assert pins == sorted(pins, key=lambda pin: pin.partition("==")[0].lower())
    assert set((FOLDER / "requirements.txt").read_text().split()) <= set(pins)
    assert all("index-url" not in path.read_text() for path in FOLDER.iterdir() if path.is_file())


def test_a_port_in_use_is_one_sentence_before_anything_is_installed(invoke: Callable[..., Result]) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        result = invoke("mlflow", "--port", port)
    assert result.exit_code == 2
    assert f"port {port} on 127.0.0.1 is already in use; choose another with --port" in result.stderr
    assert "Installing" not in result.output


def test_a_proxy_of_the_environment_is_not_asked_whether_it_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Healthy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert start()._answers(server.server_port)
        server.shutdown()


class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...
