"""Libraries of layer 2 to migrate, and PostgreSQL to look into."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.migrate.library import DocumentStore, written


@pytest.fixture(scope="session")
def written_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """A data folder of layer 2 with so many documents, made once."""
    made: dict[int, Path] = {}

    def folder(documents: int) -> Path:
        if documents not in made:
            made[documents] = tmp_path_factory.mktemp(f"of{documents}")
            written(made[documents], add=list(range(documents)))
        return made[documents]

    return folder


@pytest.fixture
def library(written_folder: Callable[[int], Path], tmp_path: Path) -> Callable[[int], DocumentStore]:
    """A library of one's own, with so many documents."""

    def own(documents: int) -> DocumentStore:
        shutil.copytree(written_folder(documents), tmp_path / "old")
        return DocumentStore(tmp_path / "old", tmp_path / "new")

    return own
