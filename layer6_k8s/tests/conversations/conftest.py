"""A client of the chat, with a language model that answers as the test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import psycopg
import pytest

from tests.library import Reader
from tests.needs import Needs
from tests.servers.running import eventually


class Talker(Reader):
    """`database`: the address of the database with the conversations; `model`: the model's server."""

    def __init__(self, http: httpx2.AsyncClient, url: str, database: str, model: Any) -> None:
        super().__init__(http, url)
        self.database = database
        self.model = model

    async def ask(self, message: str, **body: Any) -> dict[str, Any]:
        return dict(await self.post("/chat", message=message, **body))

    async def refused(self, path: str = "/chat", **body: Any) -> tuple[int, str]:
        """Status and code of an error response."""
        answer = await self.http.post(self.url + path, json={"message": "Hello"} | body)
        return answer.status_code, str(answer.json()["code"])

    async def listed(self) -> list[str]:
        return [one["id"] for one in (await self.get("/conversations"))["conversations"]]

    async def messages(self, conversation_id: str) -> list[dict[str, Any]]:
        return list((await self.get(f"/conversations/{conversation_id}"))["messages"])

    async def contents(self, conversation_id: str) -> list[str]:
        return [message["content"] for message in await self.messages(conversation_id)]

    @asynccontextmanager
    async def answering(self, message: str, **body: Any) -> AsyncIterator[asyncio.Task[dict[str, Any]]]:
        """Inside, the model has the request and is about to answer; leaving waits for the answer."""
        before = len(self.model.chats)
        self.model.behaviour, self.model.delay = "slow", 0.5
        asking = asyncio.create_task(self.ask(message, **body))
        await anyio.to_thread.run_sync(eventually, lambda: len(self.model.chats) > before)
        yield asking
        await asking
        self.model.behaviour = "normal"


@pytest.fixture
def talker(http: httpx2.AsyncClient, serve: Callable[..., str], ollama: Any, stores: Needs) -> Talker:
    """The only client of a layer, which searches the documents only on request."""
    database = stores()["database_url"]
    url = serve(llm_provider="ollama", ollama_url=ollama.url, database_url=database, database_timeout_seconds=5)
    return Talker(http, url, database, ollama)


@pytest.fixture
async def connection(talker: Talker) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """Another client of the talker's database."""
    async with await psycopg.AsyncConnection.connect(talker.database, autocommit=True) as connection:
        yield connection
