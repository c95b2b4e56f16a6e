"""A service with a document, its database, and waiting for jobs."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import anyio
import httpx2
import pytest

from api.adapters.postgres.database import Database
from api.capabilities.database import open_database
from api.config import Settings
from api.main import create_app
from tests.library import Reader

ENDED = ("done", "failed", "cancelled")


@dataclass
class Service:
    """A running service, and the database under it."""

    reader: Reader
    database: Database

    async def started(self, path: str, key: str | None = None) -> dict[str, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        response = await self.reader.http.post(self.reader.url + path, headers=headers)
        assert response.status_code == 202, response.text
        assert response.headers["location"] == f"/jobs/{response.json()['id']}"
        return dict(response.json())

    async def ended(self, job: dict[str, Any]) -> dict[str, Any]:
        with anyio.fail_after(60):
            while (job := await self.reader.get(f"/jobs/{job['id']}"))["state"] not in ENDED:  # noqa: ASYNC110 - polled
                await anyio.sleep(0.05)
        return job

    async def done(self, path: str) -> dict[str, Any]:
        job = await self.ended(await self.started(path))
        assert job["state"] == "done", job
        return job

    async def findings(self) -> dict[str, dict[str, Any]]:
        """What a new check finds, by its code."""
        job = await self.done("/jobs/check-quality")
        report = await self.reader.get("/quality")
        assert (report["job_id"], report["unanswered"]) == (job["id"], [])
        return {finding["code"]: finding for finding in report["findings"]}

    async def execute(self, statement: str, *values: Any) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(statement.encode(), values)


@pytest.fixture
async def service(
    http: httpx2.AsyncClient, settings: Callable[..., Settings], start: Callable[..., Any]
) -> AsyncIterator[Service]:
    """It runs its jobs itself."""
    chosen = settings(use_rag=True)
    with start(create_app(chosen)) as url:
        async with open_database(chosen, connections=2) as database:
            yield Service(Reader(http, url), database)
