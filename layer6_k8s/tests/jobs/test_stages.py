"""A job that is cancelled, or loses its worker, at each of its stages."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.config import Settings
from api.main import create_app
from tests.library import Reader
from tests.servers.running import eventually

LAYER = Path(__file__).parents[2]
STAGES = ("reading", "embedding", "storing")


@pytest.fixture
def reader(http: httpx2.AsyncClient, given: dict[str, Any], start: Callable[..., Any]) -> Iterator[Reader]:
    with start(create_app(Settings(_env_file=None, **given))) as url:
        yield Reader(http, url)


@contextmanager
def staged(given: dict[str, Any], folder: Path, *more: str) -> Iterator["subprocess.Popen[bytes]"]:
    env = os.environ | {name.upper(): str(value) for name, value in given.items()}
    with (folder / "log").open("ab") as log:
        command = [sys.executable, "-m", "tests.jobs.staged", str(folder), *more]
        process = subprocess.Popen(command, cwd=LAYER, env=env, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def queued(reader: Reader, name: str) -> dict[str, Any]:
    files = {"file": (name, f"What {name} says.".encode())}
    response = await reader.http.post(f"{reader.url}/documents", files=files, headers={"Prefer": "respond-async"})
    assert response.status_code == 202, response.text
    return dict(response.json())


def is_done(reader: Reader, document: dict[str, Any]) -> bool:
    return state(reader, document) == "done"


def state(reader: Reader, document: dict[str, Any]) -> str:
    job = httpx2.get(f"{reader.url}/jobs/{document['job_id']}", trust_env=False, timeout=20).json()
    return str(job["state"])


@pytest.mark.timeout(300)
async def test_a_job_that_is_cancelled_at_any_stage_leaves_nothing(
    reader: Reader, given: dict[str, Any], tmp_path: Path
) -> None:
    """The worker does not hear of it, and goes on to the end: what it does counts no more."""
    for stage in STAGES:
        (tmp_path / "go").unlink(missing_ok=True)
        document = await queued(reader, f"cancelled-{stage}.txt")
        with staged(given, tmp_path):
            eventually((tmp_path / f"cancelled-{stage}").exists, 60)
            cancelled = await reader.http.post(f"{reader.url}/jobs/{document['job_id']}/cancel")
            assert cancelled.json()["state"] == "cancelled"
            (tmp_path / "go").touch()
            later = await queued(reader, f"after {stage}.txt")
            eventually(partial(is_done, reader, later), 60)
        assert state(reader, document) == "cancelled"
        assert (await reader.get(f"/documents/{document['id']}"))["status"] == "failed", "it can be retried"
    stored = [each for each in (await reader.get("/documents"))["documents"] if each["status"] == "ready"]
    assert {each["filename"] for each in stored} == {f"after {stage}.txt" for stage in STAGES}


@pytest.mark.timeout(300)
async def test_a_job_that_loses_its_worker_at_any_stage_is_done_once(
    reader: Reader, given: dict[str, Any], tmp_path: Path
) -> None:
    documents = [await queued(reader, f"killed-{stage}.txt") for stage in STAGES]
    with ExitStack() as stack:
        stack.enter_context(staged(given, tmp_path, "alone"))
        while not all((tmp_path / f"killed-{stage}").exists() for stage in STAGES):
            with staged(given | {"jobs_at_once": 1}, tmp_path) as process:
                process.wait(60)
        eventually(lambda: all(state(reader, document) == "done" for document in documents), 60)
    jobs = [await reader.get(f"/jobs/{document['job_id']}") for document in documents]
    assert [job["losses"] for job in jobs] != [0, 0, 0]
    assert all(job["losses"] < 3 for job in jobs)
    listed = (await reader.get("/documents"))["documents"]
    assert sorted(each["filename"] for each in listed) == sorted(f"killed-{stage}.txt" for stage in STAGES)
    for document in documents:
        assert (await reader.get(f"/documents/{document['id']}/chunks"))["chunks"]


@pytest.mark.timeout(300)
async def test_a_worker_that_was_thought_lost_stores_nothing_beside_the_one_that_took_over(
    reader: Reader, given: dict[str, Any], tmp_path: Path
) -> None:
    """It stands still for longer than its lease, as on a machine that sleeps or whose clock jumps."""
    document = await queued(reader, "late-storing.txt")
    with staged(given, tmp_path) as late:
        eventually(lambda: (tmp_path / "late-storing").exists(), 60)
        eventually(lambda: state(reader, document) == "queued", 60)
        (tmp_path / "go").touch()
        with staged(given, tmp_path, "alone"):
            eventually(lambda: state(reader, document) == "done", 60)
        assert late.poll() is None
    job = await reader.get(f"/jobs/{document['job_id']}")
    assert (job["losses"], job["attempts"]) == (1, 1)
    assert len((await reader.get("/documents"))["documents"]) == 1
