"""Fixtures of the tests about documents."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.config import Settings
from api.main import create_app
from tests.models.tiny import minilm_folder


@pytest.fixture(scope="session")
def library(settings: Callable[..., Settings], start: Callable[..., Any]) -> Iterator[str]:
    """The address of the layer with its real embedding model and no language model; one for all tests.

    Whoever needs to be alone in it limits a request to its own documents.
    """
    real = settings(llm_provider="extractive", embedding_path=minilm_folder(), use_rag=True, parse_processes=2)
    with start(create_app(real)) as address:
        yield address
