"""How the server reports a failed start: our own errors as one sentence, others with their traceback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette

from api.errors import NotReady
from api.http.middleware import RequestContext


async def startup_message(error: Exception) -> str:
    """The message for the server when the start fails with `error`."""

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


async def test_our_own_error_is_one_sentence() -> None:
    assert await startup_message(NotReady("The schema is missing.")) == "The schema is missing."


async def test_any_other_error_has_its_traceback() -> None:
    assert "Traceback" in await startup_message(RuntimeError("unexpected"))
