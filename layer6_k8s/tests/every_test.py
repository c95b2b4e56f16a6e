"""Rules for every test: only loopback connections, asyncio, rare garbage collections, and fewer hypothesis examples
outside CI.

This module imports nothing of `api`, because `mystack test` counts the imports of a fixture's module among the
dependencies of each test that uses it.
"""

import gc
import ipaddress
import os
import sys
from collections.abc import Iterator

import hypothesis
import pytest

hypothesis.settings.register_profile("brief", max_examples=20, deadline=None)  # others share the machine's processors
if not os.environ.get("CI"):
    hypothesis.settings.load_profile("brief")

gc.set_threshold(20_000)  # a collection looks through everything that pytest and the libraries have made

refused: list[str] = []


class NetworkRefused(RuntimeError):
    """A test tried to connect to another machine."""


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if host and not _is_loopback(host):
        refused.append(f"{event} {host!r}")
        raise NetworkRefused(refused[-1])


def _is_loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


sys.addaudithook(_refuse_network)  # the interpreter reports every connection of every library


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[None]:
    """Fail a test that tried to connect to another machine, even if the code under test suppressed the error."""
    refused.clear()
    yield
    assert refused == []


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
