"""A real Ray Serve with the models, started as `mystack models` starts it."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil
import pytest
from rich.console import Console

from mystack.models import VENV, command
from mystack.own_environment import environment_of, kept_variables
from mystack.project import find_layer
from tests.cli.processes import descendants, until

SWITCH = "MYSTACK_RAY"
LAYER = find_layer()
FOLDER = LAYER.folder / "serving"

on_request = pytest.mark.skipif(not os.environ.get(SWITCH), reason="run `make test-ray`")
"""Marks tests that need Ray: installing it takes a minute and a network, and it runs a dozen processes."""
patient = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Models:
    """A running server of models: its base URL for clients of OpenAI's API, and its main process."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: IO[bytes]

    @property
    def text(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def says(self, words: str, seconds: float = 120) -> None:
        until(lambda: words in self.text or self.process.poll() is not None, seconds, self.text)
        assert words in self.text, self.text

    def update(self) -> None:
        """Replace all replicas, one after the other; returns at once."""
        assert self.process.stdin
        self.process.stdin.write(b"update\n")
        self.process.stdin.flush()

    def replicas(self, deployment: str) -> list[int]:
        """The processes of the replicas of a deployment."""
        return [
            pid for pid in descendants(self.process.pid) if _title(pid).endswith(f"ServeReplica:models:{deployment}")
        ]


@contextmanager
def running(home: Path, replicas: int) -> Iterator[Models]:
    python = environment_of("Ray Serve", FOLDER, VENV, Console())
    port = free_port()
    environment = kept_variables("RAY_") | {"PYTHONPATH": str(LAYER.folder)}
    home.mkdir(parents=True, exist_ok=True)
    with (home / "start.log").open("w+b") as log:
        process = subprocess.Popen(
            command(python, home, port, replicas),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        children: list[int] = []
        try:
            models = Models(f"http://127.0.0.1:{port}/v1", process, log)
            models.says("The models answer", 300)
            yield models
        finally:
            if process.poll() is None:
                children = descendants(process.pid)
            _end(process, children)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    """Two replicas of each model."""
    with running(tmp_path_factory.mktemp("ray"), replicas=2) as started:
        yield started


def _title(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline()).strip()
    except psutil.Error:
        return ""


def _end(process: "subprocess.Popen[bytes]", children: list[int]) -> None:
    """Close its standard input, which stops it, and kill what is left of it."""
    assert process.stdin
    process.stdin.close()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in children:
        if psutil.pid_exists(pid) and _title(pid):
            os.kill(pid, signal.SIGKILL)
