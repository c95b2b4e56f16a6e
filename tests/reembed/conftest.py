"""Small models, and an installation that runs with one of them."""

from pathlib import Path

import pytest

from tests.reembed.installation import Installation
from tests.reembed.models import tiny_model


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_model(folder / "alder", dimension=32)
    tiny_model(folder / "birch", dimension=48)
    tiny_model(folder / "short", dimension=16, window=40)
    return folder


@pytest.fixture
def installation(tmp_path: Path, models: Path) -> Installation:
    return Installation(tmp_path / "data", models)
