"""A small layer over HTTP that finds sentences by shared words."""

from collections.abc import Iterator

import pytest

from tests.cli.processes import served
from tests.evaluate.small_layer import SmallLayer


@pytest.fixture
def layer() -> Iterator[SmallLayer]:
    small = SmallLayer()
    with served(small.app()) as small.url:
        yield small
