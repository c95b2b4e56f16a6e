"""Programs that need other versions of packages than MyStack does, each in an environment of its own."""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from mystack.project import Refusal

STOP_SECONDS = 60.0
LAST_LINES = 8
OURS = ("PYTHON", "VIRTUAL_ENV")
"""Beginnings of the names of variables that would lead such a program to our packages."""


def environment_of(name: str, folder: Path, venv: Path, console: Console) -> Path:
    """The interpreter of the environment, which is made if it is missing or old. Refuses if that fails.

    `folder` has the program's `requirements.txt` and `constraints.txt`.
    """
    pins, wanted, stamp = folder / "constraints.txt", folder / "requirements.txt", venv / "installed"
    fingerprint = hashlib.sha256(sys.version.encode() + pins.read_bytes() + wanted.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != fingerprint:
        console.print(f"Installing {name} in {venv}; this takes minutes …")
        _run(name, [sys.executable, "-m", "venv", "--clear", str(venv)])
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        _run(name, [*pip, "-c", str(pins), "-r", str(wanted)])
        stamp.write_text(fingerprint)
    return venv / "bin" / "python"


def kept_variables(*dropped: str) -> dict[str, str]:
    """This process's environment without our packages, and without variables that begin with one of `dropped`."""
    return {name: value for name, value in os.environ.items() if not name.startswith((*OURS, *dropped))}


def supervise(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a program that ends when its standard input is closed, until it ends or this process is interrupted.

    Returns its exit status. A process group of its own keeps Ctrl-C from reaching it directly.
    """
    process = subprocess.Popen(command, env=dict(env), stdin=subprocess.PIPE, start_new_session=True)
    try:
        return process.wait()
    finally:
        if process.stdin:
            process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _run(name: str, command: Sequence[str]) -> None:
    """Refuses a command that fails, with the last lines of its output."""
    done = subprocess.run(
        command, env=kept_variables(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        lines = "\n".join(f"  {line}" for line in done.stdout.strip().splitlines()[-LAST_LINES:])
        raise Refusal(f"{name} could not be installed:\n{lines}")
