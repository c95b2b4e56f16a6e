"""`mystack layers sync` carries, merges and deletes files, and stops at edits and conflicts."""

import pytest
import typer

from .conftest import ECHO, ONE, README, THREE, TWO, WIRING, Project


def test_an_edit_reaches_the_whole_chain(third: Project) -> None:
    third.write(f"{ONE}/api/main.py", "def app(): return 1\n")
    third.sync()
    assert third.read(f"{TWO}/api/main.py") == third.read(f"{THREE}/api/main.py") == "def app(): return 1\n"
    third.layers("check")


def test_a_second_sync_changes_nothing(project: Project) -> None:
    project.sync()
    assert project.git("status", "--porcelain") == ""


def test_every_edit_before_a_commit_is_carried(project: Project) -> None:
    for value in range(3):
        project.write(f"{ONE}/api/main.py", f"def app(): return {value}\n")
        project.sync()
    assert project.read(f"{TWO}/api/main.py") == "def app(): return 2\n"


def test_a_file_born_in_layer_1_reaches_layer_2(project: Project) -> None:
    project.write(f"{ONE}/api/routes/health.py", "ok = True\n")
    project.sync()
    assert project.read(f"{TWO}/api/routes/health.py") == "ok = True\n"
    project.layers("check")


@pytest.mark.parametrize("committed", [True, False])
def test_a_file_deleted_where_it_was_born_disappears_from_the_chain(third: Project, committed: bool) -> None:
    third.delete(f"{ONE}/api/chat.py")
    if committed:
        third.commit()
    assert "was carried, and its origin is gone" in third.refused("check")
    third.sync()
    assert not third.exists(f"{TWO}/api/chat.py")
    assert not third.exists(f"{THREE}/api/chat.py")
    third.layers("check")


def test_a_removed_folder_stays_removed_when_its_origin_gets_a_new_file(echo: Project) -> None:
    for path in ECHO:
        echo.delete(f"{TWO}/{path}")
    echo.declare(TWO, '[removed]\n"api/adapters/echo/" = "The search took its place."\n')
    echo.write(f"{ONE}/api/adapters/echo/stream.py", "x = 1\n")
    echo.sync()
    assert not list((echo.root / TWO / "api/adapters/echo").iterdir())
    echo.layers("check")


def test_a_file_born_and_deleted_before_a_commit_disappears_too(project: Project) -> None:
    project.write(f"{ONE}/api/brief.py", "x = 1\n")
    project.git("add", "--all")
    project.sync()
    project.delete(f"{ONE}/api/brief.py")
    project.sync()
    assert not project.exists(f"{TWO}/api/brief.py")


def test_a_copy_without_origin_is_kept_by_its_exact_path_and_not_by_a_glob(project: Project) -> None:
    project.delete(f"{ONE}/api/chat.py")
    project.replace(f"{TWO}/layer.toml", '"api/search.py"', '"api/search.py", "api/*.py"')
    assert "was carried, and its origin is gone" in project.refused("check")
    project.replace(f"{TWO}/layer.toml", '"api/*.py"', '"api/chat.py"')
    project.sync()
    assert project.exists(f"{TWO}/api/chat.py")
    project.layers("check")


def test_an_edited_copy_is_never_overwritten(project: Project) -> None:
    project.write(f"{TWO}/api/main.py", "def app(): return 1\n")
    assert f"its origin is {ONE}/api/main.py" in project.refused("sync", "--no-test")
    assert project.read(f"{TWO}/api/main.py") == "def app(): return 1\n"
    project.delete(f"{TWO}/api/main.py")
    project.sync()
    assert project.read(f"{TWO}/api/main.py") == "def app(): ...\n"


def test_a_changed_file_is_merged_with_its_parents_changes(third: Project) -> None:
    third.replace(f"{ONE}/api/wiring.py", "a = 1", "a = 10")
    assert f"merged {TWO}/api/wiring.py" in third.sync()
    assert third.read(f"{TWO}/api/wiring.py") == WIRING.replace("a = 1", "a = 10") + "search = 7\n"
    assert third.read(f"{THREE}/api/wiring.py").endswith("search = 7\ndatabase = 8\n")
    third.layers("check")


def test_a_conflict_stops_with_markers_and_the_next_sync_continues(third: Project) -> None:
    third.replace(f"{ONE}/api/wiring.py", "f = 6\n", "f = 60\n")
    third.write(f"{ONE}/api/main.py", "def app(): return 1\n")
    message = third.refused("sync", "--no-test")
    assert f"conflict markers in {TWO}/api/wiring.py: resolve them" in message
    assert f"<<<<<<< {TWO}/api/wiring.py" in third.read(f"{TWO}/api/wiring.py")
    assert third.read(f"{TWO}/api/main.py") == "def app(): return 1\n"
    assert third.read(f"{THREE}/api/main.py") == "def app(): ...\n"
    assert f"{TWO}/api/wiring.py waits for its merge" in third.refused("check")
    assert f"conflict markers in {TWO}/api/wiring.py" in third.refused("sync", "--no-test")

    third.write(f"{TWO}/api/wiring.py", WIRING.replace("f = 6\n", "f = 60\nsearch = 7\n"))
    assert f"{TWO}/api/wiring.py waits for its merge" in third.refused("check")
    assert f"resolved by hand: {TWO}/api/wiring.py" in third.sync()
    assert third.read(f"{THREE}/api/wiring.py").endswith("f = 60\nsearch = 7\ndatabase = 8\n")
    third.layers("check")


def test_a_file_that_was_never_reconciled_gets_the_new_lines_of_its_parent(project: Project) -> None:
    project.delete("layers.lock")
    project.replace(f"{ONE}/api/wiring.py", "a = 1", "a = 10")
    project.sync()
    assert project.read(f"{TWO}/api/wiring.py").startswith("a = 10\n")


def test_a_merge_base_that_the_clone_does_not_have_is_reported(project: Project) -> None:
    base = project.git("hash-object", f"{ONE}/api/wiring.py").strip()
    project.replace("layers.lock", base, "1" * 40)
    assert "is not in this clone: run `git fetch --unshallow`" in project.refused("sync", "--no-test")


def test_the_blobs_in_the_lock_are_in_the_next_commit(project: Project) -> None:
    for value in (10, 100):
        project.replace(f"{ONE}/api/wiring.py", project.read(f"{ONE}/api/wiring.py").split("\n")[0], f"a = {value}")
        project.sync()
    project.commit()
    (locked,) = [line.split('"')[3] for line in project.read("layers.lock").splitlines() if "wiring" in line]
    assert project.git("rev-parse", f"HEAD:{ONE}/api/wiring.py").strip() == locked


def test_the_entry_of_a_file_that_is_no_longer_changed_is_dropped_from_the_lock(project: Project) -> None:
    project.write(f"{TWO}/api/wiring.py", WIRING)
    project.replace(f"{TWO}/layer.toml", '"api/wiring.py" = "The search is wired."\n', "")
    assert "layers.lock still has" in project.refused("check")
    project.sync()
    assert "wiring" not in project.read("layers.lock")


def test_the_tests_of_the_written_layers_run_at_the_end(project: Project) -> None:
    project.write(f"{ONE}/tests/test_value.py", "def test_value(): pass\n")
    assert f"testing {TWO}" in project.layers("sync")
    project.write(f"{ONE}/tests/test_value.py", "def test_value(): assert False\n")
    with pytest.raises(typer.Exit):
        project.layers("sync")
    assert "testing" not in project.layers("sync")


def test_the_first_sync_needs_no_commit(empty: Project) -> None:
    empty.write(f"{ONE}/layer.toml", 'number = 1\nname = "one"\nversion = "1"\nsentence = "A chat."\n')
    empty.write(f"{ONE}/README.md", README)
    empty.write(f"{ONE}/api/main.py", "")
    empty.sync()
    empty.layers("check")
