"""Data folders of layer 2 to migrate."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.migrate.folders import DataFolders, written

MakeFolders = Callable[[int], DataFolders]


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


@pytest.fixture(scope="session")
def migrated_folders(written_folder: Callable[[int], Path], tmp_path_factory: pytest.TempPathFactory) -> MakeFolders:
    """Makes data folders whose layer 2 was migrated, once per session."""
    made: dict[int, DataFolders] = {}

    def folders(documents: int) -> DataFolders:
        if documents not in made:
            folder = tmp_path_factory.mktemp(f"migrated{documents}")
            made[documents] = copied(DataFolders(written_folder(documents), folder / "new"), folder)
            outcome = made[documents].migrate()
            assert outcome.status == 0, outcome.output
        return made[documents]

    return folders


@pytest.fixture
def folders(written_folder: Callable[[int], Path], tmp_path: Path) -> MakeFolders:
    """Makes data folders of the test's own, whose layer 2 has a number of documents."""
    return lambda documents: copied(DataFolders(written_folder(documents), tmp_path / "none"), tmp_path)


@pytest.fixture
def after_migration(migrated_folders: MakeFolders, tmp_path: Path) -> MakeFolders:
    """Makes data folders of the test's own, whose layer 2 has a number of documents, which were migrated."""
    return lambda documents: copied(migrated_folders(documents), tmp_path)


def copied(data: DataFolders, folder: Path) -> DataFolders:
    copy = DataFolders(folder / "old", folder / "new")
    for original, target in ((data.old, copy.old), (data.new, copy.new)):
        if original.exists():  # PostgreSQL wants to own its files, and `shutil.copytree` does not keep their owner
            subprocess.run(["cp", "-a", original, target], check=True)
    return copy
