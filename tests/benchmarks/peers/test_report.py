"""The report names every column that a peer wins, the systems that failed, and the files that were not read."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.peers.registry import PEERS
from benchmarks.peers.report import accuracy, section
from benchmarks.peers.work import Chunks, Result, Work
from mystack.bench.page import write_section
from mystack.metrics import Machine
from mystack.project import Refusal

US = Result(0.95, 0.99, 5.0, 900, 30, 2, {}, Chunks(800, 1000, 1.0), Chunks(500, 1100, 0.75), 0.9, 0.8)
SLOWER = replace(US, query_ms=15.0, texts_per_minute=450, pdfs_per_minute=6, pdfs_read=1, refused={"b.pdf": "locked"})
MACHINE = Machine("a processor", 2, 25.0, "3.11", 0.1)
WORK = Work([Path("a.txt")], [], [Path("a.pdf"), Path("b.pdf")])


def report(**outcomes: Result | str) -> str:
    return section(outcomes, PEERS, WORK, 2, MACHINE)


def test_the_tables_hold_the_results_and_the_ratios() -> None:
    text = report(ours=US, theirs=SLOWER)
    assert "| theirs | 0.950 | 0.990 | 15.0 ms | 450 | 800 / 1,000 | 100% |" in text
    assert "| theirs | 1 | 6.0 | 500 / 1,100 | 75% |" in text
    assert "| theirs | 3.0 | 2.0 | 5.0 |" in text
    assert "No peer is ahead in any column of this run." in text
    assert "- theirs: b.pdf (locked)" in text
    assert all(peer.versions in text for peer in PEERS)


def test_columns_that_a_peer_wins_are_named() -> None:
    text = report(ours=US, theirs=replace(SLOWER, recall_5=0.995, query_ms=4.0))
    assert "- R@5: theirs, 0.995 against 0.990" in text
    assert "- query, median: theirs, 4.0 ms against 5.0 ms" in text
    assert "R@1: theirs" not in text


def test_a_difference_below_the_printed_precision_is_no_lead() -> None:
    assert "No peer is ahead" in report(ours=US, theirs=replace(US, recall_1=0.9501))


def test_a_peer_that_failed_is_in_the_table() -> None:
    assert "| theirs | not measured: could not be installed: no disk |" in report(
        ours=US, theirs="could not be installed: no disk"
    )


def test_accuracy_is_reported_without_times() -> None:
    text = accuracy({"ours": US, "theirs": replace(US, rows_whole=0.85), "absent": "no disk"}, WORK)
    assert "| theirs | 0.950 | 0.990 | 0.900 | 0.850 | 500 / 1,100 | 75% |" in text
    assert "- rows whole: theirs, 0.850 against 0.800" in text
    assert "| absent | not measured: no disk |" in text
    assert not any(unit in text for unit in (" ms", "/min", str(MACHINE)))


def test_rows_that_were_not_asked_for_leave_their_cells_empty() -> None:
    assert "| ours | 0.950 | 0.990 |  |  | 500" in accuracy(
        {"ours": replace(US, rows_found=None, rows_whole=None)}, WORK
    )


def test_a_section_of_the_page_is_replaced_and_the_rest_kept(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- peers:begin -->\nold\n<!-- peers:end -->\nafter\n")
    write_section("peers", "new", page)
    assert page.read_text() == "before\n<!-- peers:begin -->\n\nnew\n\n<!-- peers:end -->\nafter\n"
    with pytest.raises(Refusal, match="has no section start"):
        write_section("start", "new", page)
