"""Starts programs and servers in a test, and waits for their output and their end."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil
import uvicorn
from starlette.types import ASGIApp

from mystack.server import listen


def until(condition: Callable[[], object], seconds: float = 30.0, what: str = "") -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def alive(process: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def descendants(process: int) -> list[int]:
    """The processes started by a process, recursively."""
    return [child.pid for child in psutil.Process(process).children(recursive=True)]


def kill(processes: Sequence[int]) -> None:
    """End them without any chance to clean up; one may have ended meanwhile."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


@dataclass(frozen=True)
class Program:
    """A running program and its output so far."""

    process: subprocess.Popen[bytes]
    output: IO[bytes]

    @property
    def text(self) -> str:
        self.output.seek(0)
        return self.output.read().decode()

    def says(self, words: str) -> None:
        """Wait until it has written these words; fail if it ends without them."""
        until(lambda: words in self.text or self.process.poll() is not None, 60, words)
        assert words in self.text, self.text

    def send(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)


@contextmanager
def started(arguments: list[str], env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Iterator[Program]:
    """Run `python ARGUMENTS…`; it is killed with its children if the test did not end it."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=os.environ | dict(env or {}),
            cwd=cwd,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Program(process, output)
        finally:
            if process.poll() is None:
                kill([*descendants(process.pid), process.pid])
            process.wait()


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The URL of the test's own application, served by a real uvicorn on a free port."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until(lambda: server.started, what="the server starts")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def run(arguments: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, and capture its output."""
    return subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=100, **options)
