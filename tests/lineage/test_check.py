"""`mystack layers check` names each broken rule, and how to fix it."""

import pytest

from mystack.layers.rules import MAX_CHANGED

from .conftest import ECHO, ONE, TWO, Project


def test_layers_in_step_pass(project: Project) -> None:
    assert "2 layers are in step" in project.layers("check")
    assert project.layers("status").count("in step") == 2


def test_an_edited_copy_is_reported_with_its_origin(project: Project) -> None:
    project.write(f"{TWO}/api/main.py", "def app(): return 1\n")
    message = project.refused("check")
    assert f"{TWO}/api/main.py was edited in the copy; its origin is {ONE}/api/main.py" in message


def test_the_origin_of_a_changed_file_is_the_layer_that_changed_it_last(third: Project) -> None:
    third.write("layer3_three/layer.toml", third.read("layer3_three/layer.toml").split("[changed]")[0])
    assert f"its origin is {TWO}/api/wiring.py" in third.refused("check")


def test_a_copy_whose_origin_was_edited_is_behind(project: Project) -> None:
    project.write(f"{ONE}/api/main.py", "def app(): return 1\n")
    assert f"{TWO}/api/main.py is behind its origin {ONE}/api/main.py" in project.refused("check")


def test_an_edit_committed_in_the_copy_is_still_an_edit(project: Project) -> None:
    project.write(f"{TWO}/api/main.py", "def app(): return 1\n")
    project.commit()
    assert "was edited in the copy" in project.refused("check")


def test_an_undeclared_change_is_reported_with_the_place_for_its_reason(project: Project) -> None:
    project.write(f"{TWO}/api/chat.py", "def chat(): return 1\n")
    assert f"say why under [changed] in {TWO}/layer.toml" in project.refused("check")


@pytest.mark.parametrize("path", ["api/main.py", "api/nowhere.py"])
def test_a_declared_change_that_does_not_exist_is_reported(project: Project, path: str) -> None:
    project.replace(f"{TWO}/layer.toml", "[changed]\n", f'[changed]\n"{path}" = "For a reason."\n')
    assert f"declares {path} changed, but it is not" in project.refused("check")


def test_a_parent_that_changed_since_is_reported(project: Project) -> None:
    project.replace(f"{ONE}/api/wiring.py", "a = 1", "a = 10")
    assert f"{TWO}/api/wiring.py: {ONE} has changed since the last reconciliation" in project.refused("check")


def test_a_changed_file_that_was_never_reconciled_is_reported(project: Project) -> None:
    project.delete("layers.lock")
    assert f"{TWO}/api/wiring.py: {ONE} has changed since the last reconciliation" in project.refused("check")


def test_conflict_markers_in_a_changed_file_are_reported(project: Project) -> None:
    project.replace(f"{TWO}/api/wiring.py", "search = 7\n", "<<<<<<< a\nsearch = 7\n=======\n>>>>>>> b\n")
    assert f"{TWO}/api/wiring.py waits for its merge" in project.refused("check")


def test_a_seam_whose_lines_were_reordered_needs_a_reason(project: Project) -> None:
    project.replace(f"{TWO}/api/wiring.py", "a = 1\nb = 2\n", "b = 2\na = 1\n")
    assert f"{TWO}/api/wiring.py is a seam and loses lines" in project.refused("check")


def test_a_seam_that_loses_a_line_needs_a_reason(project: Project) -> None:
    project.replace(f"{TWO}/api/wiring.py", "b = 2\n", "")
    assert f"{TWO}/api/wiring.py is a seam and loses lines" in project.refused("check")
    project.write(f"{TWO}/layer.toml", project.read(f"{TWO}/layer.toml") + '[rewritten]\n"api/wiring.py" = "No b."\n')
    project.sync()
    project.layers("check")


def test_a_reason_for_a_seam_that_loses_no_line_is_reported(project: Project) -> None:
    project.write(f"{TWO}/layer.toml", project.read(f"{TWO}/layer.toml") + '[rewritten]\n"api/wiring.py" = "No b."\n')
    assert "declares api/wiring.py rewritten, but it is not" in project.refused("check")


def test_an_undeclared_new_file_needs_a_group(project: Project) -> None:
    project.write(f"{TWO}/api/index.py", "")
    assert f"{TWO}/api/index.py is new: add it with a reason to [[added]]" in project.refused("check")


def test_a_group_without_files_is_reported(project: Project) -> None:
    project.delete(f"{TWO}/api/search.py")
    assert "declares api/search.py added, but no new file matches" in project.refused("check")


def test_a_file_that_is_missing_must_be_carried_or_declared_removed(project: Project) -> None:
    project.delete(f"{TWO}/api/chat.py")
    assert f"{TWO}/api/chat.py is missing" in project.refused("check")
    project.write(f"{TWO}/layer.toml", project.read(f"{TWO}/layer.toml") + '[removed]\n"api/chat.py" = "Gone."\n')
    project.sync()
    assert not project.exists(f"{TWO}/api/chat.py")
    project.layers("check")


def test_a_file_that_is_declared_removed_and_exists_is_reported(project: Project) -> None:
    project.write(f"{TWO}/layer.toml", project.read(f"{TWO}/layer.toml") + '[removed]\n"api/chat.py" = "Gone."\n')
    assert "declares api/chat.py removed, but it is not" in project.refused("check")


def test_a_removed_folder_is_declared_once_for_all_its_files(echo: Project) -> None:
    for path in ECHO:
        echo.delete(f"{TWO}/{path}")
    echo.declare(TWO, '[removed]\n"api/adapters/echo/" = "The search took its place."\n')
    echo.sync()
    echo.layers("check")
    assert "removed: The search took its place." in echo.layers("why", ECHO[0])


def test_a_folder_that_is_declared_removed_and_partly_exists_is_reported(echo: Project) -> None:
    echo.delete(f"{TWO}/{ECHO[0]}")
    echo.declare(TWO, '[removed]\n"api/adapters/echo/" = "The search took its place."\n')
    message = echo.refused("check")
    assert f"{TWO}/layer.toml declares api/adapters/echo/ removed, but it is not" in message
    assert "is missing" not in message


def test_a_folder_that_is_gone_and_not_declared_is_reported_file_by_file(echo: Project) -> None:
    for path in ECHO:
        echo.delete(f"{TWO}/{path}")
    message = echo.refused("check")
    assert all(f"{TWO}/{path} is missing" in message for path in ECHO)
    assert f"say why under [removed] in {TWO}/layer.toml" in message


def test_a_layer_may_change_few_files_under_api_besides_the_seams(project: Project) -> None:
    paths = [f"api/changed{number}.py" for number in range(MAX_CHANGED + 1)]
    for path in paths:
        project.write(f"{ONE}/{path}", "x = 1\n")
    project.sync()
    declared = "".join(f'"{path}" = "For a reason."\n' for path in paths)
    project.replace(f"{TWO}/layer.toml", "[changed]\n", f"[changed]\n{declared}")
    for path in paths:
        project.write(f"{TWO}/{path}", "x = 1\ny = 2\n")
    assert f"changes {MAX_CHANGED + 1} files under api/ beside the seams" in project.refused("check")


def test_each_layers_own_files_are_not_compared(project: Project) -> None:
    project.write(f"{TWO}/requirements.txt", "anything\n")
    project.layers("check")


def test_ignored_files_do_not_count(project: Project) -> None:
    project.write(f"{TWO}/api/__pycache__/main.pyc", "")
    project.layers("check")


def test_a_stale_step_page_is_reported(project: Project) -> None:
    project.replace(f"{TWO}/layer.toml", "The search is wired.", "Search has its own paragraph.")
    message = project.refused("check")
    assert "docs/steps/layer2.md is stale" in message
    assert f"{TWO}/README.md is stale" in message


def test_a_readme_without_a_block_for_its_step_is_reported(project: Project) -> None:
    project.write(f"{TWO}/README.md", "# A layer\n")
    assert "add the lines <!-- step:begin --> and <!-- step:end -->" in project.refused("check")


def test_an_empty_reason_is_reported(project: Project) -> None:
    project.replace(f"{TWO}/layer.toml", '"The search is wired."', '""')
    assert "has an empty sentence or reason" in project.refused("check")


def test_an_owned_file_that_does_not_exist_is_reported(project: Project) -> None:
    project.write(f"{TWO}/layer.toml", project.read(f"{TWO}/layer.toml") + '[owns]\npaths = ["tests/search/"]\n')
    assert "owns tests/search/, but no file matches" in project.refused("check")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[changed]", "[changed", "can't be used"),
        ("sentence", "sentences", "unexpected keyword argument 'sentences'"),
        ('parent = "layer1_one"', "", "needs number = 2 and parent = 'layer1_one'"),
        ("number = 2", "number = 3", "needs number = 2"),
    ],
)
def test_an_invalid_manifest_is_reported(project: Project, old: str, new: str, message: str) -> None:
    project.replace(f"{TWO}/layer.toml", old, new)
    assert message in project.refused("check")


def test_a_layer_without_a_manifest_is_reported(project: Project) -> None:
    project.delete(f"{TWO}/layer.toml")
    assert f"{TWO}/layer.toml can't be used" in project.refused("check")


def test_a_lock_with_conflict_markers_is_reported(project: Project) -> None:
    project.write("layers.lock", "<<<<<<< ours\n" + project.read("layers.lock"))
    assert "layers.lock can't be read" in project.refused("check")


def test_a_marked_block_without_an_end_is_reported(project: Project) -> None:
    project.write("docker-compose.yml", "services:\n  # layer2:begin\n  qdrant: {}\n")
    assert "the block of layer 2 has no `layer2:end`" in project.refused("check")
