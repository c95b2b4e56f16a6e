"""`mystack run` starts its worker and its Valkey again when they die, and /health says so meanwhile."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from tests.cli.processes import Program, alive, descendants, kill, started, until
from tests.uploading import ready

WORKER, VALKEY = "api.entrypoints.worker", "mystack.valkey:main"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with started(["-m", "mystack", "run", "--port", "0", "--data", str(tmp_path)]) as program:
        program.says("Ctrl-C stops")
        yield program


@pytest.fixture
def http(program: Program) -> Iterator[httpx2.Client]:
    url = re.search(r"Page +(http://127\.0\.0\.1:\d+)/", program.text)[1]  # type: ignore[index]
    with httpx2.Client(base_url=url, timeout=60, trust_env=False) as client:
        yield client


def process(program: Program, module: str) -> int:
    """The process that runs a module."""
    [found] = [pid for pid in descendants(program.process.pid) if runs(pid, module)]
    return found


def runs(pid: int, module: str) -> bool:
    try:
        return module in psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:
        return False


def killed(pid: int) -> None:
    """End a process and those that it started, without any chance to clean up."""
    kill([*descendants(pid), pid])
    until(lambda: not alive(pid), 15, "it has ended")


def dependency(http: httpx2.Client, name: str) -> dict[str, Any]:
    return next(each for each in http.get("/health").json()["dependencies"] if each["name"] == name)


def test_a_worker_that_dies_is_started_again(program: Program, http: httpx2.Client) -> None:
    first = process(program, WORKER)
    killed(first)
    program.says("worker ended unexpectedly (status -9); it is started again")
    answer = http.post("/documents/upload", files={"file": ("mill.txt", b"The mill grinds rye since 1902.\n")})
    assert ready(http, answer)["status"] == "ready"
    assert process(program, WORKER) != first
    assert program.process.poll() is None


def test_a_worker_that_dies_while_it_starts_is_started_again(tmp_path: Path) -> None:
    with started(["-m", "mystack", "run", "--port", "0", "--data", str(tmp_path)]) as program:
        until(lambda: any(runs(pid, WORKER) for pid in descendants(program.process.pid)), 60, "the worker runs")
        killed(process(program, WORKER))
        program.says("worker ended unexpectedly (status -9); it is started again")
        program.says("Ctrl-C stops")


def test_a_valkey_that_dies_is_missed_and_started_again(program: Program, http: httpx2.Client) -> None:
    first = process(program, VALKEY)
    assert dependency(http, "redis")["status"] == "ok"
    killed(first)
    until(lambda: dependency(http, "redis")["status"] == "degraded", 15, "/health says that Redis is away")
    assert http.get("/health/ready").status_code == httpx2.codes.OK
    until(lambda: dependency(http, "redis")["status"] == "ok", 60, "Redis is back")
    assert "Valkey ended unexpectedly" in program.text
    answer = http.post("/documents/upload", files={"file": ("mill.txt", b"The mill grinds rye since 1902.\n")})
    assert ready(http, answer)["status"] == "ready"
