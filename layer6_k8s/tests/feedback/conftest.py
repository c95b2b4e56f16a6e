"""A client that asks, rates and reads what was used."""

from collections.abc import Callable
from typing import Any

import httpx2
import psycopg
import pytest

from tests.library import Reader
from tests.needs import Needs


class Rater(Reader):
    """`database`: the address of the database with the answers."""

    def __init__(self, http: httpx2.AsyncClient, url: str, database: str) -> None:
        super().__init__(http, url)
        self.database = database

    async def ask(self, message: str = "What is the capital of France?", **body: Any) -> dict[str, Any]:
        return dict(await self.post("/chat", message=message, **body))

    async def rate(self, message_id: str, rating: str = "up", **more: Any) -> httpx2.Response:
        return await self.http.post(f"{self.url}/feedback", json={"message_id": message_id, "rating": rating} | more)

    async def rows(self) -> list[dict[str, Any]]:
        """The rows of the answers, oldest first."""
        async with await psycopg.AsyncConnection.connect(self.database) as connection:
            cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
            await cursor.execute("SELECT * FROM answered ORDER BY at, id")
            return await cursor.fetchall()


@pytest.fixture
def rater(http: httpx2.AsyncClient, serve: Callable[..., str], stores: Needs) -> Rater:
    """The only client of a layer without a language model."""
    database = stores()["database_url"]
    return Rater(http, serve(llm_provider="extractive", database_url=database), database)
