"""A running layer 5 that records."""

from collections.abc import Iterator

import pytest

from mystack.fresh import fresh_server
from mystack.project import find_layer


@pytest.fixture(scope="session")
def recorder() -> Iterator[str]:
    """Its URL."""
    with fresh_server(find_layer(5)) as server:
        yield server.url
