"""A stub layer."""

from collections.abc import Iterator

import pytest

from tests.cli.processes import served
from tests.cli.stub_layer import StubLayer


@pytest.fixture
def layer() -> Iterator[StubLayer]:
    """The stub, served by a real uvicorn on a free port."""
    stub = StubLayer()
    with served(stub.app()) as stub.url:
        yield stub
