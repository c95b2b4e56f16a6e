"""What every test stands on: this layer's own `api`, default settings, and no network beyond this machine."""

import ipaddress
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import api
from api.config import Settings

LAYER = Path(__file__).resolve().parents[1]

# All layers call their package `api`: the wrong working directory would quietly test another layer.
if not Path(api.__file__).is_relative_to(LAYER):
    raise pytest.UsageError(f"these are the tests of {LAYER}, but `api` comes from {api.__file__}; run them there")

# Tests see the defaults, whatever the machine's environment says.
for name in Settings.model_fields:
    os.environ.pop(name.upper(), None)

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
