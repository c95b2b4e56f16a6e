"""What applies to every test: no network beyond this machine, asyncio, and few examples of a property on your own one.

It imports nothing of `api`: `mystack test` takes what the module of a fixture imports for what a test depends on.
"""

import ipaddress
import os
import sys
from collections.abc import Iterator

import hypothesis
import pytest

hypothesis.settings.register_profile("brief", max_examples=20)
if not os.environ.get("CI"):
    hypothesis.settings.load_profile("brief")

refused: list[str] = []


class NetworkRefused(RuntimeError):
    """A test reached for an address beyond this machine."""


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


sys.addaudithook(_refuse_network)  # the interpreter itself reports every connection, whichever library makes it


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[None]:
    """Fail a test that reached beyond this machine, even if the code under test swallowed the error."""
    refused.clear()
    yield
    assert refused == []


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
