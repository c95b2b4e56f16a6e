"""`mystack check` finds what import-linter cannot see."""

from pathlib import Path

from mystack.check import without_init


def test_a_folder_of_python_files_without_init_is_named(tmp_path: Path) -> None:
    for path in (
        "api/__init__.py",
        "api/services/chat.py",
        "api/migrations/versions/layer1/0001_start.py",
        "tests/test_it.py",
    ):
        (tmp_path / "layer1_one" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "layer1_one" / path).touch()
    assert without_init(tmp_path) == ["layer1_one/api/services has no __init__.py: add an empty one."]
