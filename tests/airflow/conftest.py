"""The DAGs of the newest layer, Airflow in an environment of its own, and a running layer."""

import importlib.util
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import httpx2
import pytest
from rich.console import Console

from mystack.airflow import VENV, environment_of_airflow
from mystack.fresh import clean_environment, fresh_server
from mystack.project import find_layer

SWITCH = "MYSTACK_AIRFLOW"
LAYER = find_layer()
FOLDER = LAYER.folder / "airflow"
SECONDS = 600

on_request = pytest.mark.skipif(not os.environ.get(SWITCH), reason="run `make test-airflow`")
"""Marks tests that need Airflow: installing it takes minutes and a network."""
patient = pytest.mark.timeout(SECONDS)


def module(name: str) -> ModuleType:
    """A module of the folder `airflow`, which is no package of ours."""
    [path] = FOLDER.rglob(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@dataclass(frozen=True)
class Airflow:
    """Airflow's interpreter, with the settings of `start.py`."""

    python: Path
    env: Mapping[str, str]

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.python), *arguments],
            env=dict(self.env) | env,
            cwd=self.env["AIRFLOW_HOME"],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """In `.mystack/airflow-venv`, which is made once; its database is not made yet."""
    python = environment_of_airflow(FOLDER, VENV, Console())
    home = tmp_path_factory.mktemp("airflow")
    settings = module("start").settings(home, "127.0.0.1", 1)
    env = {name: value for name, value in clean_environment().items() if not name.startswith("PYTHON")} | settings
    return Airflow(python, env | {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"})


@pytest.fixture(scope="session")
def migrated(airflow: Airflow) -> Airflow:
    done = airflow.run("-m", "airflow", "db", "migrate")
    assert done.returncode == 0, done.stderr[-4000:]
    return airflow


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    """The URL of the newest layer. It has a source: its own page."""
    with fresh_server(LAYER, {"FETCH_ALLOWED_HOSTS": "127.0.0.1"}) as server:
        source = {"kind": "url", "url": f"{server.url}/"}
        httpx2.post(f"{server.url}/sources", json=source, trust_env=False).raise_for_status()
        yield server.url
