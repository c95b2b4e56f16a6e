"""A real Valkey, and real workers: what is lost is done again, and nothing is done twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
import redis

from api.config import Settings
from api.main import create_app
from tests.library import Reader
from tests.servers.running import eventually

LAYER = Path(__file__).parents[2]


@contextmanager
def working(given: dict[str, Any], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker process with these settings."""
    env = os.environ | {name.upper(): str(value) for name, value in given.items()}
    with log.open("ab") as output:
        command = [sys.executable, "-m", "api.entrypoints.worker"]
        process = subprocess.Popen(command, cwd=LAYER, env=env, stdout=output, stderr=output, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            finally:
                with suppress(ProcessLookupError):  # nothing is left of its group
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture
def reader(http: httpx2.AsyncClient, given: dict[str, Any], start: Callable[..., Any]) -> Iterator[Reader]:
    with start(create_app(Settings(_env_file=None, **given))) as url:
        yield Reader(http, url)


def health(reader: Reader, name: str) -> dict[str, str]:
    dependencies = httpx2.get(f"{reader.url}/health", trust_env=False, timeout=10).json()["dependencies"]
    return next(entry for entry in dependencies if entry["name"] == name)


async def batch(reader: Reader, number: int) -> str:
    files = [("files", (f"note {n}.txt", f"Note {n} says {n * n}. ".encode() * 40)) for n in range(number)]
    response = await reader.http.post(f"{reader.url}/documents/batch-upload", files=files, timeout=60)
    assert response.status_code == 202, response.text
    return str(response.json()["batch_id"])


def ended(reader: Reader, batch_id: str) -> bool:
    answer = httpx2.get(f"{reader.url}/jobs/batches/{batch_id}", trust_env=False, timeout=10)
    return answer.status_code == 200 and answer.json()["waiting"] == 0


@pytest.mark.timeout(300)
async def test_nothing_is_lost_or_done_twice_when_workers_and_messages_are(
    reader: Reader, given: dict[str, Any], valkey: str, tmp_path: Path
) -> None:
    assert "No worker is running" in health(reader, "jobs")["reason"]
    batch_id = await batch(reader, 40)
    broker = redis.Redis.from_url(valkey)
    broker.flushall()
    log = tmp_path / "worker.log"
    with working(given, log) as first:
        eventually(lambda: "running" in counts(reader, batch_id) or ended(reader, batch_id), 60)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    broker.flushall()
    with working(given, log):
        eventually(lambda: ended(reader, batch_id), 120)
        assert counts(reader, batch_id) == {"done": 40}, log.read_text()
        assert health(reader, "jobs")["status"] == "ok"
    documents = (await reader.get("/documents", limit=100))["documents"]
    assert sorted(document["filename"] for document in documents) == sorted(f"note {n}.txt" for n in range(40))
    assert {document["status"] for document in documents} == {"ready"}


def counts(reader: Reader, batch_id: str) -> dict[str, int]:
    answer = httpx2.get(f"{reader.url}/jobs/batches/{batch_id}", trust_env=False, timeout=10).json()
    return dict(answer["counts"])


@pytest.mark.timeout(300)
async def test_a_document_that_ends_its_worker_fails_and_its_neighbours_do_not(
    reader: Reader, given: dict[str, Any], tmp_path: Path
) -> None:
    """The worker of this test ends, as by a fault in native code, when it comes to a certain document."""
    poisoned = await reader.http.post(
        f"{reader.url}/documents", files={"file": ("poison.txt", b"poison")}, headers={"Prefer": "respond-async"}
    )
    batch_id = await batch(reader, 6)
    log = tmp_path / "worker.log"
    deadline = time.monotonic() + 150
    job_id = poisoned.json()["job_id"]
    while time.monotonic() < deadline:
        with poisonous(given, log) as processes:
            eventually(partial(one_or_both_ended, processes, reader, batch_id, job_id), 120)
        if both_ended(reader, batch_id, job_id):
            break
    assert counts(reader, batch_id) == {"done": 6}, log.read_text()
    failed = await reader.get(f"/jobs/{job_id}")
    assert (failed["state"], failed["losses"], failed["error"]["code"]) == ("failed", 3, "worker_lost")


@pytest.mark.timeout(300)
async def test_a_worker_keeps_the_library_in_step_with_a_folder(
    http: httpx2.AsyncClient, given: dict[str, Any], start: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "ferry.txt").write_text("The ferry leaves at seven.")
    (folder / "lamp.txt").write_text("The lamp burns oil.")
    given |= {"source_folders": (tmp_path,)}
    environment = given | {"source_folders": tmp_path}
    with start(create_app(Settings(_env_file=None, **given))) as url, working(environment, tmp_path / "worker.log"):
        reader = Reader(http, url)
        body = {"kind": "folder", "path": str(folder), "watch": False, "delete_after_seconds": 0}
        source = (await http.post(f"{url}/sources", json=body)).json()
        assert await in_step(reader, source["id"]) == {"ferry.txt", "lamp.txt"}
        (folder / "lamp.txt").unlink()
        (folder / "bell.txt").write_text("The bell rings at noon.")
        assert await in_step(reader, source["id"]) == {"ferry.txt", "bell.txt"}


async def in_step(reader: Reader, source_id: str) -> set[str]:
    """The names of the documents, once a sync and the jobs that it added have ended."""
    response = await reader.http.post(f"{reader.url}/sources/{source_id}/sync")
    assert response.status_code == 202, response.text
    batch_id = response.json()["batch_id"]
    eventually(lambda: ended(reader, batch_id), 120)
    return {document["filename"] for document in (await reader.get("/documents"))["documents"]}


def one_ended(processes: "list[subprocess.Popen[bytes]]") -> bool:
    return any(process.poll() is not None for process in processes)


def one_or_both_ended(processes: "list[subprocess.Popen[bytes]]", reader: Reader, batch_id: str, job_id: str) -> bool:
    return one_ended(processes) or both_ended(reader, batch_id, job_id)


def both_ended(reader: Reader, batch_id: str, job_id: str) -> bool:
    return ended(reader, batch_id) and state(reader, job_id) == "failed"


def state(reader: Reader, job_id: str) -> str:
    return str(httpx2.get(f"{reader.url}/jobs/{job_id}", trust_env=False, timeout=10).json()["state"])


@contextmanager
def poisonous(given: dict[str, Any], log: Path) -> Iterator["list[subprocess.Popen[bytes]]"]:
    """A worker, and one that takes the jobs that have lost theirs, of which either may end."""
    program = (
        "import os, sys\n"
        "from api.services.jobs import handlers\n"
        "run = handlers.IngestHandler.__call__\n"
        "async def call(self, claim):\n"
        "    if claim.upload.filename == 'poison.txt': os._exit(1)\n"
        "    return await run(self, claim)\n"
        "handlers.IngestHandler.__call__ = call\n"
        "from api.entrypoints import worker\n"
        "worker.IDLE_SECONDS, worker._start_alone = 600, lambda *more: None\n"
        "worker.main(alone=sys.argv[1:] == ['alone'])\n"
    )
    env = os.environ | {name.upper(): str(value) for name, value in given.items()}
    with log.open("ab") as output:
        processes = [
            subprocess.Popen([sys.executable, "-c", program, *more], cwd=LAYER, env=env, stdout=output, stderr=output)
            for more in ([], ["alone"])
        ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()
