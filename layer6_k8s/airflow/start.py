"""Run Airflow for the DAGs beside this file: `python start.py [--host HOST] [--port PORT] HOME`.

The smallest set of processes that works: API server, scheduler and DAG processor, on SQLite in HOME. Each has a process
group of its own, because Airflow's processes end slowly and leave children behind. Standard library only: it runs in
Airflow's environment, on this machine and in the container.
"""

import argparse
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import IO

DAGS = Path(__file__).resolve().parent / "dags"
READY_SECONDS = 300.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.5
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Without a proxy that the environment names for other addresses."""
PROCESSES = {
    "api-server": ["api-server", "--workers", "1"],
    # Its server of log files would listen on all addresses.
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
}


def settings(home: Path, host: str, port: int) -> dict[str, str]:
    """Airflow's settings, as environment variables. It listens on `host`, which should be loopback: nobody logs in."""
    return {
        "AIRFLOW_HOME": str(home),
        # Airflow starts `airflow` from PATH.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "AIRFLOW__API__HOST": host,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(16),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--while-stdin", action="store_true", help="end when standard input is closed")
    given = parser.parse_args()
    home = given.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    if given.while_stdin:
        threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    env = {**os.environ, **settings(home, given.host, given.port)}
    try:
        return run(home, env, given.port)
    except KeyboardInterrupt:
        return 0


def run(home: Path, env: Mapping[str, str], port: int) -> int:
    """Until one of the processes ends by itself; returns the exit status."""
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        with (home / "airflow.log").open("ab") as log:
            migrate = ["db", "migrate"]
            running["migrate"] = _start(migrate, env, log)
            if running["migrate"].wait():
                return _ended("airflow db migrate", home)
            del running["migrate"]
            for name, arguments in PROCESSES.items():
                running[name] = _start(arguments, env, log)
        ready, deadline = False, time.monotonic() + READY_SECONDS
        while not (gone := [name for name, process in running.items() if process.poll() is not None]):
            time.sleep(POLL_SECONDS)
            if not ready and _answers(port):
                ready = True
                print(f"Airflow answers at http://127.0.0.1:{port}", flush=True)  # noqa: T201 - for who started it
            if not ready and time.monotonic() > deadline:
                return _ended("airflow api-server did not answer", home)
        return _ended(f"airflow {gone[0]}", home)
    finally:
        stop(running)


def stop(running: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Ask each group to end, wait, and end what is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in running.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        for process in running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))


def _start(arguments: list[str], env: Mapping[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "airflow", *arguments]
    return subprocess.Popen(
        command,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _ended(what: str, home: Path) -> int:
    sys.stderr.write(f"{what} ended; {home / 'airflow.log'} says why\n")
    return 1


def _answers(port: int) -> bool:
    try:
        with DIRECTLY.open(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _stop_at_end_of_input() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
