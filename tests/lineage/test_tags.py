"""`mystack layers tags`: v1.0 holds layer 1 alone, and the files it needs."""

from pathlib import Path

import pytest

from .conftest import ONE, TWO, Project

COMPOSE = """services:
  one: {}
  # layer2:begin
  two: {}
  # layer2:end
  # layer1:begin
  cache: {}
  # layer1:end
"""


@pytest.fixture
def tagged(project: Project) -> Project:
    project.write("docker-compose.yml", COMPOSE)
    project.write("README.md", "All.\n<!-- layer2:begin -->\nTwo.\n<!-- layer2:end -->\n")
    project.write("docs/layer2/01-rag.md", "A guide.\n")
    project.write("tests/migration/test_two.py", "")
    project.write("tests/contract/test_one.py", "")
    project.write(f"{TWO}/layer.toml", project.read(f"{TWO}/layer.toml") + '[owns]\npaths = ["tests/migration/"]\n')
    project.sync()
    project.commit()
    project.layers("tags")
    return project


def files(project: Project, tag: str) -> set[str]:
    return set(project.git("ls-tree", "-r", "--name-only", tag).split())


def test_the_first_tag_holds_layer_1_and_the_files_it_needs(tagged: Project) -> None:
    held = files(tagged, "v1.0")
    assert not any(path.startswith((TWO, "docs/layer2", "tests/migration")) for path in held)
    assert {f"{ONE}/api/main.py", "docs/steps/layer1.md", "tests/contract/test_one.py", "layers.lock"} <= held
    assert "docs/steps/layer2.md" not in held


def test_the_last_tag_holds_every_file(tagged: Project) -> None:
    assert files(tagged, "v2.0") == files(tagged, "HEAD")


def test_blocks_of_later_layers_and_all_marks_are_left_out(tagged: Project) -> None:
    assert tagged.git("show", "v1.0:docker-compose.yml") == "services:\n  one: {}\n  cache: {}\n"
    assert tagged.git("show", "v2.0:docker-compose.yml") == "services:\n  one: {}\n  two: {}\n  cache: {}\n"
    assert tagged.git("show", "v1.0:README.md") == "All.\n"


def test_the_tags_are_a_chain_of_their_own(tagged: Project) -> None:
    assert tagged.git("rev-list", "v2.0").split() == [tagged.git("rev-parse", tag).strip() for tag in ("v2.0", "v1.0")]
    assert tagged.git("log", "--format=%s", "v2.0") == "Layer 2: A chat over documents.\nLayer 1: A chat.\n"


def test_each_tag_is_in_step_by_itself(tagged: Project, tmp_path: Path) -> None:
    assert tagged.git("show", "v1.0:layers.lock") == "{}\n"
    tagged.git("checkout", "--quiet", "v1.0")
    assert "1 layers are in step" in tagged.layers("check")


def test_the_work_tree_and_the_index_are_not_touched(tagged: Project) -> None:
    tagged.write(f"{ONE}/api/main.py", "an edit = not committed\n")
    tagged.git("add", f"{ONE}/api/main.py")
    before = tagged.git("status", "--porcelain")
    tagged.layers("tags")
    assert tagged.git("status", "--porcelain") == before
    assert tagged.git("show", f"v1.0:{ONE}/api/main.py") == "def app(): ...\n"


def test_the_same_commit_gives_the_same_tags(tagged: Project) -> None:
    first = tagged.git("show-ref", "--tags")
    tagged.layers("tags")
    assert tagged.git("show-ref", "--tags") == first
