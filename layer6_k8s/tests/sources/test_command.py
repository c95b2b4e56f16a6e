"""`mystack sources` lists, adds, removes and syncs the sources of a running layer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mystack.cli import app
from tests.servers.running import eventually

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"Ferry number {number} leaves.")
    return folder


@pytest.fixture
def run(serve: Callable[..., str], tmp_path: Path) -> Run:
    """Runs the command against a layer that allows the test's folder."""
    url = serve(source_folders=(tmp_path,), api_key="a-key")

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["sources", *map(str, arguments), "--url", url, "--api-key", "a-key"])

    return run


def test_a_source_is_added_listed_synced_and_removed(run: Run, folder: Path) -> None:
    assert run("list").stdout == ""
    added = run("add", "folder", folder, "--delete-after", 0, "--no-watch")
    assert (added.exit_code, added.stdout[8:]) == (0, f" folder {folder}: 0 items; not synced yet\n")
    id = added.stdout[:8]
    synced = run("sync")
    assert (synced.exit_code, synced.stdout) == (0, f"{id} folder {folder}: 5 items; 5 new\n")
    assert run("list").stdout == synced.stdout
    for path in folder.iterdir():
        path.unlink()
    refused = run("sync", id)
    assert refused.exit_code == 1
    assert "sync_would_delete_most" in refused.stderr
    assert run("sync", id, "--confirm").stdout == f"{id} folder {folder}: 0 items; 5 deleted\n"
    assert run("remove", id).exit_code == 0
    assert run("list").stdout == ""


def test_a_sync_that_nobody_waits_for_names_its_batch(run: Run, folder: Path) -> None:
    id = run("add", "folder", folder, "--no-watch").stdout[:8]
    assert run("sync", id, "--no-wait").stdout.startswith("batch ")
    eventually(lambda: "5 items" in run("list").stdout)
    assert run("remove", id, "--documents").exit_code == 0


def test_errors_are_told_in_a_sentence(run: Run) -> None:
    refused: Any = run("add", "folder", "/etc")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("mystack: POST /sources failed: folder_not_allowed: ")
    unknown = run("remove", "0b6d1a52")
    assert (unknown.exit_code, "no sources begin with 0b6d1a52" in unknown.stderr) == (2, True)
    assert "name it" in run("sync", "--confirm").stderr
