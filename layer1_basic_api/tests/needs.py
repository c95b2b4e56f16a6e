"""The settings that every application needs in tests. A later layer changes this file and no other."""

from collections.abc import Callable
from typing import Any

import pytest

ENVIRONMENT: frozenset[str] = frozenset()
"""Environment variables that the tests themselves set, for all of their processes."""


@pytest.fixture(scope="session")
def needs() -> Callable[[], dict[str, Any]]:
    """Each call returns the settings for one application. This layer needs none."""
    return dict
