"""What keeps the service from starting is told to the server: ours as a sentence, a fault with its trace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette

from api.errors import NotReady
from api.http.middleware import RequestContext


async def told(error: Exception) -> str:
    """What the server is told about a start that ends in this error."""

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        raise error
        yield

    async def receive() -> dict[str, Any]:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        sent.append(message)

    sent: list[Any] = []
    with pytest.raises(type(error)):
        await RequestContext(Starlette(lifespan=lifespan))({"type": "lifespan", "state": {}}, receive, send)
    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]
    return str(sent[0]["message"])


async def test_an_error_of_ours_is_one_sentence() -> None:
    assert await told(NotReady("The stairs are missing.")) == "The stairs are missing."


async def test_a_fault_comes_with_its_trace() -> None:
    assert "Traceback" in await told(RuntimeError("somebody stumbled"))
