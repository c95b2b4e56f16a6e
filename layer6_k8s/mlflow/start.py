"""Run an MLflow server on this machine: `python start.py [--port PORT] HOME`.

Runs, models and files are in HOME. Its processes have a group of their own, which ends with this program. Standard
library only: it runs in MLflow's environment.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

HOST = "127.0.0.1"
READY_SECONDS = 180.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.5
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Without a proxy that the environment names for other addresses."""


def settings() -> dict[str, str]:
    """MLflow's settings, as environment variables: no job runner with its eight processes, and no telemetry."""
    return {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }


def command(home: Path, port: int) -> list[str]:
    """The server, on loopback, since nobody logs in."""
    server = [sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1"]
    stores = ["--backend-store-uri", f"sqlite:///{home}/mlflow.db", "--artifacts-destination", str(home / "artifacts")]
    return [*server, *stores]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--while-stdin", action="store_true", help="end when standard input is closed")
    given = parser.parse_args()
    home = given.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    if given.while_stdin:
        threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    try:
        return run(home, {**os.environ, **settings()}, given.port)
    except KeyboardInterrupt:
        return 0


def run(home: Path, env: Mapping[str, str], port: int) -> int:
    """Until the server ends by itself; returns the exit status."""
    with (home / "mlflow.log").open("ab") as log:
        process = subprocess.Popen(
            command(home, port),
            env=dict(env),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        ready, deadline = False, time.monotonic() + READY_SECONDS
        while process.poll() is None and (ready or time.monotonic() < deadline):
            time.sleep(POLL_SECONDS)
            if not ready and _answers(port):
                ready = True
                print(f"MLflow answers at http://{HOST}:{port}", flush=True)  # noqa: T201 - for who started it
        sys.stderr.write(f"MLflow ended or did not answer; {home / 'mlflow.log'} says why\n")
        return 1
    finally:
        stop(process)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask the group to end, wait, and end what is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)


def _answers(port: int) -> bool:
    try:
        with DIRECTLY.open(f"http://{HOST}:{port}/health", timeout=5):
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
