"""Systems take turns at the same work; one that fails is reported and does not stop the others."""

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from benchmarks.peers import peer_process
from benchmarks.peers.environment import NotInstalled, prepared
from benchmarks.peers.measure import measure
from benchmarks.peers.peer_process import peer_system
from benchmarks.peers.registry import PEERS, Peer
from benchmarks.peers.systems import MyStack, System, SystemFailed
from benchmarks.peers.work import Chunks, Result, work
from mystack.client import connected
from mystack.project import Refusal
from tests.evaluate.conftest import layer  # noqa: F401 - a fixture
from tests.evaluate.small_layer import SmallLayer

FAKE = Peer("fake", "tests.benchmarks.peers.fake", Path(__file__).with_name("fake.txt"), "shared words")
REPORT = "The revenue of the quarter fell."
ARTICLES = {
    "Harbour": ("The office opens at eight.", "When is the office opened", "eight"),
    "Lighthouse": ("The keeper is Ada Holm.", "Who is the keeper", "Ada Holm"),
}


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    articles = [
        {
            "title": title,
            "paragraphs": [
                {"context": text, "qas": [{"question": question, "answers": [{"text": answer}]}]},
                {"context": "Nothing else is known about it.", "qas": []},
            ],
        }
        for title, (text, question, answer) in ARTICLES.items()
    ]
    file = tmp_path / "squad.json"
    file.write_text(json.dumps({"data": articles}))
    return file


@pytest.fixture
def pdfs(tmp_path: Path) -> Path:
    folder = tmp_path / "pdfs"
    folder.mkdir()
    (folder / "good.pdf").write_text(REPORT)
    (folder / "bad.pdf").write_bytes(b"\xff")
    return folder


def fake(folder: Path) -> AbstractContextManager[System]:
    return peer_system(FAKE, Path(sys.executable), folder)


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[System]:
    with fake(tmp_path / "peer") as started:
        yield started


def file(folder: Path, name: str, text: str = "") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_all_do_the_same_work_in_turn_and_one_that_fails_is_left_out(squad: Path, pdfs: Path, tmp_path: Path) -> None:
    broken = partial(
        peer_system, Peer("broken", "tests.benchmarks.peers.nowhere", FAKE.requirements, ""), Path(sys.executable)
    )
    progress: list[str] = []
    asked = work(squad, pdfs, tmp_path)
    outcomes = measure(
        {"ours": fake, "broken": broken, "absent": "could not be installed: no disk", "fake": fake},
        asked,
        2,
        tmp_path,
        progress.append,
    )
    assert progress == [
        f"round {n} of 2: {name}" for n, name in [(1, "ours"), (1, "broken"), (1, "fake"), (2, "ours"), (2, "fake")]
    ]
    result = outcomes["fake"]
    assert isinstance(result, Result)
    assert (result.recall_1, result.recall_5, result.pdfs_read, result.chunks.seen) == (1, 1, 1, 1)
    assert result.pdf_chunks == Chunks(len(REPORT), len(REPORT), 1)
    assert result.refused["bad.pdf"].startswith("UnicodeDecodeError")
    assert (result.rows_found, result.rows_whole) == (None, None)
    assert result.query_ms > 0
    assert result.texts_per_minute > 0
    assert outcomes["absent"] == "could not be installed: no disk"
    assert "No module named tests.benchmarks.peers.nowhere" in str(outcomes["broken"])


def test_rows_of_the_reports_are_asked_for(squad: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    whole, torn = "iPhone net sales | $ 40,665", "Inventories: how large\n5,433 | 6,580"
    (reports / "2022 Q3 AAPL.pdf").write_text(f"{whole}\n\n{torn}")
    asked = work(squad, reports, tmp_path)
    assert {row.document for row in asked.rows} == {"2022 Q3 AAPL.pdf"}
    outcome = measure({"ours": fake}, asked, 1, tmp_path, lambda what: None)["ours"]
    assert isinstance(outcome, Result)
    assert (outcome.rows_found, outcome.rows_whole) == (2 / len(asked.rows), 1 / len(asked.rows))


def test_a_hit_must_hold_the_answer(squad: Path, tmp_path: Path) -> None:
    text = squad.read_text().replace('"text": "eight"', '"text": "nine"')
    squad.write_text(text)
    result = measure({"ours": fake}, work(squad, None, tmp_path), 1, tmp_path, lambda what: None)["ours"]
    assert isinstance(result, Result)
    assert (result.recall_1, result.recall_5, result.pdfs_per_minute) == (0.5, 0.5, None)


def test_a_folder_without_a_pdf_is_refused(squad: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refusal, match="there is no PDF in"):
        work(squad, tmp_path / "empty", tmp_path)


def test_a_peer_that_crashes_is_reported_with_its_last_line(peer: System, tmp_path: Path) -> None:
    with pytest.raises(SystemFailed, match="ended: out of memory"):
        peer.ingest([file(tmp_path, "crash.txt")])


def test_a_peer_that_hangs_is_killed(peer: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_process, "WORK_SECONDS", 0.5)
    with pytest.raises(SystemFailed, match=r"took longer than 0\.5 s"):
        peer.ingest([file(tmp_path, "hang.txt")])


def test_our_service_is_called_over_http(layer: SmallLayer, tmp_path: Path) -> None:  # noqa: F811
    with connected(layer.url, None) as client:
        ours = MyStack(client)
        ingested = ours.ingest([file(tmp_path, "good.txt", "The keeper is Ada Holm."), tmp_path / "gone.txt"])
        (found,) = ours.search(["Who is the keeper?"])
    assert ingested.refused == {"gone.txt": "unreadable: No such file or directory"}
    assert [text for _, text in found.hits] == ["The keeper is Ada Holm."]
    assert found.seconds > 0


def test_an_environment_is_made_once_and_a_failure_is_reported(tmp_path: Path) -> None:
    requirements = file(tmp_path, "empty.txt", "# nothing\n")
    progress: list[str] = []
    peer = Peer("empty", "none", requirements, "")
    python = prepared(peer, tmp_path / "home", progress.append)
    assert python.exists()
    assert prepared(peer, tmp_path / "home", progress.append) == python
    assert len(progress) == 1
    requirements.write_text("./there-is-no-such-folder\n")
    with pytest.raises(NotInstalled, match="there-is-no-such-folder"):
        prepared(peer, tmp_path / "home", progress.append)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.key)
def test_a_peer_is_pinned_and_gets_the_model_on_the_same_torch(peer: Peer) -> None:
    lines = peer.requirements.read_text().split()
    assert all("==" in line for line in lines)
    assert {"sentence-transformers==6.2.0", "torch==2.13.0"} <= set(lines)
    assert peer.requirements.with_suffix(".py").is_file()
