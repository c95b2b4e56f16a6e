"""What can be said of MLflow's environment without MLflow."""

import importlib.util
from pathlib import Path
from types import ModuleType

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
