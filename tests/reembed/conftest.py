"""Small models, and a layer to run with one or another of them."""

from pathlib import Path

import pytest

from tests.reembed.house import House
from tests.reembed.models import tiny_model


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_model(folder / "alder", dimension=32)
    tiny_model(folder / "birch", dimension=48)
    tiny_model(folder / "short", dimension=16, window=40)
    return folder


@pytest.fixture
def house(tmp_path: Path, models: Path) -> House:
    return House(tmp_path / "data", models)
