"""What an application of this layer cannot run without in a test. A later layer changes this file, and no other."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def needs() -> Callable[[], dict[str, Any]]:
    """Settings for one application at each call. This layer needs nothing."""
    return dict
