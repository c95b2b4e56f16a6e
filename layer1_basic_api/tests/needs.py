"""What an application of this layer cannot run without in a test. A later layer changes this file, and no other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def needed(folder: Path) -> Iterator[Callable[[], dict[str, Any]]]:
    """Settings for one application at each call. This layer needs nothing."""
    yield dict
