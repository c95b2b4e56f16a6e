"""`mystack ingest` and `mystack jobs` with a layer that queues its uploads: a real one."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from typer.testing import Result

from mystack.project import find_layer
from mystack.server import serving
from tests.cli.processes import until

Invoke = Callable[..., Result]
LETTER = """\
From: ada@example.com
Subject: The plan
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=cut

--cut
Content-Type: text/plain

The plan is attached.
--cut
Content-Type: application/pdf
Content-Disposition: attachment; filename=plan.pdf

--cut--
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("data")
    with (folder / "log").open("wb") as log, serving(find_layer(), folder, env=None, output=log) as server:
        yield server.url


@pytest.mark.timeout(300)
def test_a_folder_is_queued_in_batches_and_its_failures_are_named_and_retried(
    address: str, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mystack.batches.MOST_FILES", 3)
    for number in range(7):
        (tmp_path / f"note {number}.txt").write_text(f"The ferry number {number} leaves at {number} o'clock.")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing of the kind")
    (tmp_path / "letter.eml").write_text(LETTER)
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("one.txt", "A packed note.")
        archive.writestr("note 0.txt", "The ferry number 0 leaves at 0 o'clock.")
    result = invoke("ingest", tmp_path, tmp_path / "two.zip", "--url", address)
    assert result.exit_code == 1
    assert "9 new" in result.stdout
    assert f"{tmp_path / 'letter.eml'}: Attachments are not part of the text: plan.pdf." in result.stdout
    assert "1 duplicate" in result.stdout
    assert str(tmp_path / "two.zip" / "note 0.txt") in result.stdout
    assert f"{tmp_path / 'broken.pdf'}: unreadable_document" in result.stdout
    listed = invoke("jobs", "list", "--state", "failed", "--url", address)
    assert "broken.pdf" in listed.stdout
    (broken,) = httpx2.get(f"{address}/jobs?state=failed", trust_env=False).json()["jobs"]
    assert broken["id"] in listed.stdout, "whole, as `retry` needs it"
    assert "Queued again: 1." in invoke("jobs", "retry", "--all", "--url", address).stdout
    until(lambda: httpx2.get(f"{address}/jobs?state=queued", trust_env=False).json()["jobs"] == [], 60, "it is read")
    until(lambda: httpx2.get(f"{address}/jobs?state=running", trust_env=False).json()["jobs"] == [], 60, "it has ended")
    again = invoke("ingest", tmp_path, "--url", address)
    assert ("8 duplicate" in again.stdout, "1 failed" in again.stdout) == (True, True)
    (job, *_) = httpx2.get(f"{address}/jobs", trust_env=False).json()["jobs"]
    cancelled = invoke("jobs", "cancel", job["id"], "--url", address)
    assert cancelled.exit_code == 0
    assert job["filename"] in cancelled.stdout


def test_an_unknown_job_and_two_wishes_at_once_are_refused_in_one_sentence(address: str, invoke: Invoke) -> None:
    unknown = invoke("jobs", "retry", "0c9a3b52-6f0e-4f0b-9a55-6a4c1f0f7a11", "--url", address)
    assert (unknown.exit_code, "job_not_found" in unknown.stderr) == (2, True)
    assert "either the id of a job or --all" in invoke("jobs", "retry", "--url", address).stderr
