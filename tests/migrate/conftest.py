"""Data folders of layer 2 to migrate."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.migrate.folders import DataFolders, written


@pytest.fixture(scope="session")
def written_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Makes a data folder of layer 2 with a number of documents, once per session."""
    made: dict[int, Path] = {}

    def folder(documents: int) -> Path:
        if documents not in made:
            made[documents] = tmp_path_factory.mktemp(f"of{documents}")
            written(made[documents], add=list(range(documents)))
        return made[documents]

    return folder


@pytest.fixture
def folders(written_folder: Callable[[int], Path], tmp_path: Path) -> Callable[[int], DataFolders]:
    """Makes data folders of the test's own, whose layer 2 has a number of documents."""

    def make(documents: int) -> DataFolders:
        shutil.copytree(written_folder(documents), tmp_path / "old")
        return DataFolders(tmp_path / "old", tmp_path / "new")

    return make
