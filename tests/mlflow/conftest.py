"""A real MLflow server, as `mystack mlflow` starts it."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mystack.project import find_layer
from tests.cli.processes import Program, started, until

SWITCH = "MYSTACK_MLFLOW"
FOLDER = find_layer().folder / "mlflow"
SECONDS = 900

on_request = pytest.mark.skipif(not os.environ.get(SWITCH), reason="run `make test-mlflow`")
"""Marks tests that need MLflow: installing it takes minutes and a network."""
patient = pytest.mark.timeout(SECONDS)


@contextmanager
def running(home: Path, port: int) -> Iterator[Program]:
    """`mystack mlflow` with its data in `home`."""
    command = ["-c", "import sys; from mystack import mlflow; from pathlib import Path; "
               "mlflow.HOME = Path(sys.argv.pop(1)); mlflow.app()", str(home)]  # fmt: skip
    with started([*command, "--port", str(port)]) as program:
        until(lambda: "MLflow answers" in program.text or program.process.poll() is not None, 600, program.text)
        log = home / "mlflow.log"
        assert "MLflow answers" in program.text, program.text + (log.read_text()[-4000:] if log.exists() else "")
        yield program


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a new server."""
    port = free_port()
    with running(tmp_path_factory.mktemp("mlflow"), port):
        yield f"http://127.0.0.1:{port}"
