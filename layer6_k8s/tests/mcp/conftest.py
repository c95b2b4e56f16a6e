"""A library with two documents, and the official client connected to it."""

from collections.abc import AsyncIterator

import pytest
from mcp import Client

from tests.library import Reader

HARBOUR = "The harbour office opens at eight in the morning and closes at four in the afternoon."
ORCHARD = "The orchard behind the mill grows forty kinds of apple."


@pytest.fixture
async def harbour(reader: Reader) -> str:
    """The id of a document about a harbour."""
    document = await reader.uploaded(HARBOUR, "harbour.txt", metadata={"town": "Aldport"})
    return str(document["id"])


@pytest.fixture(params=["legacy", "auto"])
async def client(library: str, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """The official client, by the handshake of the protocol until 2025 and by the requests of 2026."""
    async with Client(f"{library}/mcp", mode=request.param) as connected:
        yield connected
